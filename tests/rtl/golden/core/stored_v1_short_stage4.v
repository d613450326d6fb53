// stored_v1_short_stage4: pipeline stage 4 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage4 (
    input wire clk,
    input wire [8:0] phi_t5,
    input wire [8:0] phi_t7,
    output reg [8:0] phi_0_q,
    output reg [8:0] phi_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [8:0] phi_0;
    tf_add #(.WA(9), .SIGNED_A(1), .SHIFT_A(0), .WB(1), .SIGNED_B(0), .SHIFT_B(1), .SUBTRACT(0), .WY(9))
        phi_0_cell (.a(phi_t5), .b(1'd1), .y(phi_0));
    wire [8:0] phi_1;
    tf_add #(.WA(9), .SIGNED_A(1), .SHIFT_A(0), .WB(1), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(0), .WY(9))
        phi_1_cell (.a(phi_t7), .b(1'd1 /* -1 */), .y(phi_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        phi_0_q <= phi_0;
        phi_1_q <= phi_1;
    end
endmodule

`default_nettype wire
