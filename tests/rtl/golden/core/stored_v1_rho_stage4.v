// stored_v1_rho_stage4: pipeline stage 4 of region 'rho' of stored version 1
`default_nettype none

module stored_v1_rho_stage4 (
    input wire clk,
    input wire [3:0] square_0,
    input wire [3:0] square_1,
    output reg [4:0] rho_t1_q,
    output reg [4:0] rho_t2_q
);

    // verilator lint_off UNUSEDSIGNAL

    // rho
    wire [4:0] rho_t1;
    tf_add #(.WA(4), .SIGNED_A(1), .SHIFT_A(0), .WB(4), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(0), .WY(5))
        rho_t1_cell (.a(square_0), .b(square_1), .y(rho_t1));
    wire [4:0] rho_t2;
    tf_add #(.WA(4), .SIGNED_A(1), .SHIFT_A(0), .WB(4), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(1), .WY(5))
        rho_t2_cell (.a(square_0), .b(square_1), .y(rho_t2));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        rho_t1_q <= rho_t1;
        rho_t2_q <= rho_t2;
    end
endmodule

`default_nettype wire
