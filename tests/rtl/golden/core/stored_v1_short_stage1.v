// stored_v1_short_stage1: pipeline stage 1 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage1 (
    input wire clk,
    input wire [4:0] particle_0,
    input wire [4:0] particle_1,
    input wire [2:0] particle_2,
    output reg [4:0] particle_1_q,
    output reg [5:0] phi_t0_q,
    output reg [5:0] phi_t2_q,
    output reg [7:0] phi_t3_q,
    output reg [8:0] phi_t5_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [5:0] phi_t0;
    tf_add #(.WA(5), .SIGNED_A(1), .SHIFT_A(0), .WB(3), .SIGNED_B(1), .SHIFT_B(1), .SUBTRACT(0), .WY(6))
        phi_t0_cell (.a(particle_0), .b(particle_2), .y(phi_t0));
    wire [5:0] phi_t2;
    tf_add #(.WA(1), .SIGNED_A(0), .SHIFT_A(1), .WB(5), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(1), .WY(6))
        phi_t2_cell (.a(1'd1), .b(particle_1), .y(phi_t2));
    wire [7:0] phi_t3;
    tf_add_three #(.WA(5), .SIGNED_A(1), .SHIFT_A(2), .WB(3), .SIGNED_B(1), .SHIFT_B(2), .WC(5), .SIGNED_C(1), .SHIFT_C(0), .SUBTRACTED(2), .WY(8))
        phi_t3_cell (.a(particle_0), .b(particle_2), .c(particle_0), .y(phi_t3));
    wire [8:0] phi_t5;
    tf_add #(.WA(1), .SIGNED_A(1), .SHIFT_A(0), .WB(3), .SIGNED_B(1), .SHIFT_B(5), .SUBTRACT(0), .WY(9))
        phi_t5_cell (.a(1'd1 /* -1 */), .b(particle_2), .y(phi_t5));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        particle_1_q <= particle_1;
        phi_t0_q <= phi_t0;
        phi_t2_q <= phi_t2;
        phi_t3_q <= phi_t3;
        phi_t5_q <= phi_t5;
    end
endmodule

`default_nettype wire
