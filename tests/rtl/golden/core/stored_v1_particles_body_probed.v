// stored_v1_particles_body_probed: part of stored version 1
`default_nettype none

module stored_v1_particles_body_probed (
    input wire clk,
    input wire [4:0] particle_0,
    input wire [4:0] particle_1,
    input wire [2:0] particle_2,
    output wire [3:0] particles_0_o,
    output wire [3:0] particles_1_o,
    output wire [83:0] probe
);

    wire [3:0] short__short_0_o;
    wire [3:0] short__short_1_o;
    wire [83:0] short__probe;
    stored_v1_short_region_probed short (
        .clk(clk),
        .particle_0(particle_0),
        .particle_1(particle_1),
        .particle_2(particle_2),
        .short_0_o(short__short_0_o),
        .short_1_o(short__short_1_o),
        .probe(short__probe)
    );

    assign particles_0_o = short__short_0_o;
    assign particles_1_o = short__short_1_o;
    assign probe = {
        short__probe
    };
endmodule

`default_nettype wire
