// stored_v1_rho_stage5: pipeline stage 5 of region 'rho' of stored version 1
`default_nettype none

module stored_v1_rho_stage5 (
    input wire clk,
    input wire [4:0] rho_t1,
    input wire [4:0] rho_t2,
    output reg [6:0] rho_0_q
);

    // verilator lint_off UNUSEDSIGNAL

    // rho
    wire [6:0] rho_0;
    tf_add #(.WA(5), .SIGNED_A(1), .SHIFT_A(0), .WB(5), .SIGNED_B(1), .SHIFT_B(2), .SUBTRACT(0), .WY(7))
        rho_0_cell (.a(rho_t1), .b(rho_t2), .y(rho_0));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        rho_0_q <= rho_0;
    end
endmodule

`default_nettype wire
