// stored_v1_rho_region: region 'rho' of stored version 1, 5 pipeline stages
`default_nettype none

module stored_v1_rho_region (
    input wire clk,
    input wire [3:0] particles_0,
    input wire [3:0] particles_1,
    input wire [3:0] particles_2,
    input wire [3:0] particles_3,
    output wire [6:0] rho_0_o
);

    wire [4:0] s1__pooled_0;
    wire [4:0] s1__pooled_1;
    stored_v1_rho_stage1 stage1 (
        .clk(clk),
        .particles_0(particles_0),
        .particles_1(particles_1),
        .particles_2(particles_2),
        .particles_3(particles_3),
        .pooled_0_q(s1__pooled_0),
        .pooled_1_q(s1__pooled_1)
    );

    wire [2:0] s2__clipped_0;
    wire [2:0] s2__clipped_1;
    stored_v1_rho_stage2 stage2 (
        .clk(clk),
        .pooled_0(s1__pooled_0),
        .pooled_1(s1__pooled_1),
        .clipped_0_q(s2__clipped_0),
        .clipped_1_q(s2__clipped_1)
    );

    wire [3:0] s3__square_0;
    wire [3:0] s3__square_1;
    stored_v1_rho_stage3 stage3 (
        .clk(clk),
        .clipped_0(s2__clipped_0),
        .clipped_1(s2__clipped_1),
        .square_0_q(s3__square_0),
        .square_1_q(s3__square_1)
    );

    wire [4:0] s4__rho_t1;
    wire [4:0] s4__rho_t2;
    stored_v1_rho_stage4 stage4 (
        .clk(clk),
        .square_0(s3__square_0),
        .square_1(s3__square_1),
        .rho_t1_q(s4__rho_t1),
        .rho_t2_q(s4__rho_t2)
    );

    wire [6:0] s5__rho_0;
    stored_v1_rho_stage5 stage5 (
        .clk(clk),
        .rho_t1(s4__rho_t1),
        .rho_t2(s4__rho_t2),
        .rho_0_q(s5__rho_0)
    );

    assign rho_0_o = s5__rho_0;
endmodule

`default_nettype wire
