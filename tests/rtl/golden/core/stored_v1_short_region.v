// stored_v1_short_region: region 'short' of stored version 1, 7 pipeline stages
`default_nettype none

module stored_v1_short_region (
    input wire clk,
    input wire [4:0] particle_0,
    input wire [4:0] particle_1,
    input wire [2:0] particle_2,
    output wire [3:0] short_0_o,
    output wire [3:0] short_1_o
);

    wire [2:0] s1__particle_2;
    wire [5:0] s1__phi_t1;
    wire [5:0] s1__phi_t2;
    wire [6:0] s1__phi_t3;
    stored_v1_short_stage1 stage1 (
        .clk(clk),
        .particle_0(particle_0),
        .particle_1(particle_1),
        .particle_2(particle_2),
        .particle_2_q(s1__particle_2),
        .phi_t1_q(s1__phi_t1),
        .phi_t2_q(s1__phi_t2),
        .phi_t3_q(s1__phi_t3)
    );

    wire [5:0] s2__phi_t1;
    wire [6:0] s2__phi_t3;
    wire [6:0] s2__phi_t4;
    wire [8:0] s2__phi_t6;
    stored_v1_short_stage2 stage2 (
        .clk(clk),
        .particle_2(s1__particle_2),
        .phi_t1(s1__phi_t1),
        .phi_t2(s1__phi_t2),
        .phi_t3(s1__phi_t3),
        .phi_t1_q(s2__phi_t1),
        .phi_t3_q(s2__phi_t3),
        .phi_t4_q(s2__phi_t4),
        .phi_t6_q(s2__phi_t6)
    );

    wire [8:0] s3__phi_t5;
    wire [8:0] s3__phi_t7;
    stored_v1_short_stage3 stage3 (
        .clk(clk),
        .phi_t1(s2__phi_t1),
        .phi_t3(s2__phi_t3),
        .phi_t4(s2__phi_t4),
        .phi_t6(s2__phi_t6),
        .phi_t5_q(s3__phi_t5),
        .phi_t7_q(s3__phi_t7)
    );

    wire [8:0] s4__phi_0;
    wire [8:0] s4__phi_1;
    stored_v1_short_stage4 stage4 (
        .clk(clk),
        .phi_t5(s3__phi_t5),
        .phi_t7(s3__phi_t7),
        .phi_0_q(s4__phi_0),
        .phi_1_q(s4__phi_1)
    );

    wire [4:0] s5__short_t0;
    wire s5__short_t1;
    wire [5:0] s5__short_t3;
    wire s5__short_t4;
    stored_v1_short_stage5 stage5 (
        .clk(clk),
        .phi_0(s4__phi_0),
        .phi_1(s4__phi_1),
        .short_t0_q(s5__short_t0),
        .short_t1_q(s5__short_t1),
        .short_t3_q(s5__short_t3),
        .short_t4_q(s5__short_t4)
    );

    wire [4:0] s6__short_t2;
    wire [5:0] s6__short_t5;
    stored_v1_short_stage6 stage6 (
        .clk(clk),
        .short_t0(s5__short_t0),
        .short_t1(s5__short_t1),
        .short_t3(s5__short_t3),
        .short_t4(s5__short_t4),
        .short_t2_q(s6__short_t2),
        .short_t5_q(s6__short_t5)
    );

    wire [3:0] s7__short_0;
    wire [3:0] s7__short_1;
    stored_v1_short_stage7 stage7 (
        .clk(clk),
        .short_t2(s6__short_t2),
        .short_t5(s6__short_t5),
        .short_0_q(s7__short_0),
        .short_1_q(s7__short_1)
    );

    assign short_0_o = s7__short_0;
    assign short_1_o = s7__short_1;
endmodule

`default_nettype wire
