// stored_v1_graph_probed: part of stored version 1
`default_nettype none

module stored_v1_graph_probed (
    input wire clk,
    input wire [4:0] x_0,
    input wire [4:0] x_1,
    input wire [2:0] x_2,
    input wire [4:0] x_3,
    input wire [4:0] x_4,
    input wire [2:0] x_5,
    output wire [6:0] rho_0_o,
    output wire [208:0] probe
);

    wire [3:0] particles_0__particles_0_o;
    wire [3:0] particles_0__particles_1_o;
    wire [83:0] particles_0__probe;
    stored_v1_particles_body_probed particles_0 (
        .clk(clk),
        .particle_0(x_0),
        .particle_1(x_1),
        .particle_2(x_2),
        .particles_0_o(particles_0__particles_0_o),
        .particles_1_o(particles_0__particles_1_o),
        .probe(particles_0__probe)
    );

    wire [3:0] particles_1__particles_0_o;
    wire [3:0] particles_1__particles_1_o;
    wire [83:0] particles_1__probe;
    stored_v1_particles_body_probed particles_1 (
        .clk(clk),
        .particle_0(x_3),
        .particle_1(x_4),
        .particle_2(x_5),
        .particles_0_o(particles_1__particles_0_o),
        .particles_1_o(particles_1__particles_1_o),
        .probe(particles_1__probe)
    );

    wire [6:0] rho__rho_0_o;
    wire [40:0] rho__probe;
    stored_v1_rho_region_probed rho (
        .clk(clk),
        .particles_0(particles_0__particles_0_o),
        .particles_1(particles_0__particles_1_o),
        .particles_2(particles_1__particles_0_o),
        .particles_3(particles_1__particles_1_o),
        .rho_0_o(rho__rho_0_o),
        .probe(rho__probe)
    );

    assign rho_0_o = rho__rho_0_o;
    assign probe = {
        rho__probe,
        particles_1__probe,
        particles_0__probe
    };
endmodule

`default_nettype wire
