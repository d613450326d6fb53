// stored_v1_graph: part of stored version 1
`default_nettype none

module stored_v1_graph (
    input wire clk,
    input wire [4:0] x_0,
    input wire [4:0] x_1,
    input wire [2:0] x_2,
    input wire [4:0] x_3,
    input wire [4:0] x_4,
    input wire [2:0] x_5,
    output wire [6:0] rho_0_o
);

    wire [3:0] particles_0__particles_0_o;
    wire [3:0] particles_0__particles_1_o;
    stored_v1_particles_body particles_0 (
        .clk(clk),
        .particle_0(x_0),
        .particle_1(x_1),
        .particle_2(x_2),
        .particles_0_o(particles_0__particles_0_o),
        .particles_1_o(particles_0__particles_1_o)
    );

    wire [3:0] particles_1__particles_0_o;
    wire [3:0] particles_1__particles_1_o;
    stored_v1_particles_body particles_1 (
        .clk(clk),
        .particle_0(x_3),
        .particle_1(x_4),
        .particle_2(x_5),
        .particles_0_o(particles_1__particles_0_o),
        .particles_1_o(particles_1__particles_1_o)
    );

    wire [6:0] rho__rho_0_o;
    stored_v1_rho_region rho (
        .clk(clk),
        .particles_0(particles_0__particles_0_o),
        .particles_1(particles_0__particles_1_o),
        .particles_2(particles_1__particles_0_o),
        .particles_3(particles_1__particles_1_o),
        .rho_0_o(rho__rho_0_o)
    );

    assign rho_0_o = rho__rho_0_o;
endmodule

`default_nettype wire
