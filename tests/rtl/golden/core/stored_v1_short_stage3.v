// stored_v1_short_stage3: pipeline stage 3 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage3 (
    input wire clk,
    input wire [8:0] phi_0,
    input wire [8:0] phi_1,
    output reg [4:0] short_t0_q,
    output reg short_t1_q,
    output reg [5:0] short_t3_q,
    output reg short_t4_q
);

    // verilator lint_off UNUSEDSIGNAL

    // relu
    wire [7:0] relu_0;
    tf_relu #(.WX(9), .WY(8))
        relu_0_cell (.x(phi_0), .y(relu_0));
    wire [7:0] relu_1;
    tf_relu #(.WX(9), .WY(8))
        relu_1_cell (.x(phi_1), .y(relu_1));

    // short
    wire [4:0] short_t0 = relu_0[7:3];
    wire short_t1;
    tf_round_up #(.WX(8), .SIGNED_X(0), .DROP(3), .MODE(6))
        short_t1_cell (.x(relu_0), .y(short_t1));
    wire [5:0] short_t3 = relu_1[7:2];
    wire short_t4;
    tf_round_up #(.WX(8), .SIGNED_X(0), .DROP(2), .MODE(6))
        short_t4_cell (.x(relu_1), .y(short_t4));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        short_t0_q <= short_t0;
        short_t1_q <= short_t1;
        short_t3_q <= short_t3;
        short_t4_q <= short_t4;
    end
endmodule

`default_nettype wire
