// stored_v1_short_stage4: pipeline stage 4 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage4 (
    input wire clk,
    input wire [4:0] short_t0,
    input wire short_t1,
    input wire [5:0] short_t3,
    input wire short_t4,
    output reg [4:0] short_t2_q,
    output reg [5:0] short_t5_q
);

    // verilator lint_off UNUSEDSIGNAL

    // short
    wire [4:0] short_t2;
    tf_add #(.WA(5), .SIGNED_A(0), .SHIFT_A(0), .WB(1), .SIGNED_B(0), .SHIFT_B(0), .SUBTRACT(0), .WY(5))
        short_t2_cell (.a(short_t0), .b(short_t1), .y(short_t2));
    wire [5:0] short_t5;
    tf_add #(.WA(6), .SIGNED_A(0), .SHIFT_A(0), .WB(1), .SIGNED_B(0), .SHIFT_B(0), .SUBTRACT(0), .WY(6))
        short_t5_cell (.a(short_t3), .b(short_t4), .y(short_t5));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        short_t2_q <= short_t2;
        short_t5_q <= short_t5;
    end
endmodule

`default_nettype wire
