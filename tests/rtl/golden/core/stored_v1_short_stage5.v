// stored_v1_short_stage5: pipeline stage 5 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage5 (
    input wire clk,
    input wire [4:0] short_t2,
    input wire [5:0] short_t5,
    output reg [3:0] short_0_q,
    output reg [3:0] short_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // short
    wire [3:0] short_0;
    tf_saturate #(.WX(5), .SIGNED_X(0), .WY(4), .SIGNED_Y(0), .MODE(0))
        short_0_cell (.x(short_t2), .y(short_0));
    wire [3:0] short_1;
    tf_saturate #(.WX(6), .SIGNED_X(0), .WY(4), .SIGNED_Y(0), .MODE(0))
        short_1_cell (.x(short_t5), .y(short_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        short_0_q <= short_0;
        short_1_q <= short_1;
    end
endmodule

`default_nettype wire
