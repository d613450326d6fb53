// stored_v1_rho_stage2: pipeline stage 2 of region 'rho' of stored version 1
`default_nettype none

module stored_v1_rho_stage2 (
    input wire clk,
    input wire [4:0] pooled_0,
    input wire [4:0] pooled_1,
    output reg [2:0] clipped_0_q,
    output reg [2:0] clipped_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // clipped
    wire [2:0] clipped_0;
    tf_saturate #(.WX(5), .SIGNED_X(0), .WY(3), .SIGNED_Y(0), .MODE(0))
        clipped_0_cell (.x(pooled_0), .y(clipped_0));
    wire [2:0] clipped_1;
    tf_saturate #(.WX(5), .SIGNED_X(0), .WY(3), .SIGNED_Y(0), .MODE(0))
        clipped_1_cell (.x(pooled_1), .y(clipped_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        clipped_0_q <= clipped_0;
        clipped_1_q <= clipped_1;
    end
endmodule

`default_nettype wire
