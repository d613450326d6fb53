// stored_v1_short_stage3: pipeline stage 3 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage3 (
    input wire clk,
    input wire [5:0] phi_t1,
    input wire [6:0] phi_t3,
    input wire [6:0] phi_t4,
    input wire [8:0] phi_t6,
    output reg [8:0] phi_t5_q,
    output reg [8:0] phi_t7_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [8:0] phi_t5;
    tf_add #(.WA(7), .SIGNED_A(1), .SHIFT_A(3), .WB(7), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(1), .WY(9))
        phi_t5_cell (.a(phi_t4), .b(phi_t3), .y(phi_t5));
    wire [8:0] phi_t7;
    tf_add #(.WA(9), .SIGNED_A(1), .SHIFT_A(0), .WB(6), .SIGNED_B(1), .SHIFT_B(2), .SUBTRACT(1), .WY(9))
        phi_t7_cell (.a(phi_t6), .b(phi_t1), .y(phi_t7));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        phi_t5_q <= phi_t5;
        phi_t7_q <= phi_t7;
    end
endmodule

`default_nettype wire
