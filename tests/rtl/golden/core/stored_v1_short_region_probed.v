// stored_v1_short_region_probed: region 'short' of stored version 1, 5 pipeline stages
`default_nettype none

module stored_v1_short_region_probed (
    input wire clk,
    input wire [4:0] particle_0,
    input wire [4:0] particle_1,
    input wire [2:0] particle_2,
    output wire [3:0] short_0_o,
    output wire [3:0] short_1_o,
    output wire [83:0] probe
);

    wire [4:0] s1__particle_1;
    wire [5:0] s1__phi_t0;
    wire [5:0] s1__phi_t2;
    wire [7:0] s1__phi_t3;
    wire [8:0] s1__phi_t5;
    stored_v1_short_stage1 stage1 (
        .clk(clk),
        .particle_0(particle_0),
        .particle_1(particle_1),
        .particle_2(particle_2),
        .particle_1_q(s1__particle_1),
        .phi_t0_q(s1__phi_t0),
        .phi_t2_q(s1__phi_t2),
        .phi_t3_q(s1__phi_t3),
        .phi_t5_q(s1__phi_t5)
    );

    wire [8:0] s2__phi_0;
    wire [8:0] s2__phi_1;
    stored_v1_short_stage2 stage2 (
        .clk(clk),
        .particle_1(s1__particle_1),
        .phi_t0(s1__phi_t0),
        .phi_t2(s1__phi_t2),
        .phi_t3(s1__phi_t3),
        .phi_t5(s1__phi_t5),
        .phi_0_q(s2__phi_0),
        .phi_1_q(s2__phi_1)
    );

    wire [4:0] s3__short_t0;
    wire s3__short_t1;
    wire [5:0] s3__short_t3;
    wire s3__short_t4;
    stored_v1_short_stage3 stage3 (
        .clk(clk),
        .phi_0(s2__phi_0),
        .phi_1(s2__phi_1),
        .short_t0_q(s3__short_t0),
        .short_t1_q(s3__short_t1),
        .short_t3_q(s3__short_t3),
        .short_t4_q(s3__short_t4)
    );

    wire [4:0] s4__short_t2;
    wire [5:0] s4__short_t5;
    stored_v1_short_stage4 stage4 (
        .clk(clk),
        .short_t0(s3__short_t0),
        .short_t1(s3__short_t1),
        .short_t3(s3__short_t3),
        .short_t4(s3__short_t4),
        .short_t2_q(s4__short_t2),
        .short_t5_q(s4__short_t5)
    );

    wire [3:0] s5__short_0;
    wire [3:0] s5__short_1;
    stored_v1_short_stage5 stage5 (
        .clk(clk),
        .short_t2(s4__short_t2),
        .short_t5(s4__short_t5),
        .short_0_q(s5__short_0),
        .short_1_q(s5__short_1)
    );

    assign short_0_o = s5__short_0;
    assign short_1_o = s5__short_1;
    assign probe = {
        s5__short_1,
        s5__short_0,
        s4__short_t5,
        s4__short_t2,
        s3__short_t4,
        s3__short_t3,
        s3__short_t1,
        s3__short_t0,
        s2__phi_1,
        s2__phi_0,
        s1__phi_t5,
        s1__phi_t3,
        s1__phi_t2,
        s1__phi_t0,
        s1__particle_1
    };
endmodule

`default_nettype wire
