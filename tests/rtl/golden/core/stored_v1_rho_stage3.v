// stored_v1_rho_stage3: pipeline stage 3 of region 'rho' of stored version 1
`default_nettype none

module stored_v1_rho_stage3 (
    input wire clk,
    input wire [2:0] clipped_0,
    input wire [2:0] clipped_1,
    output reg [3:0] square_0_q,
    output reg [3:0] square_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // square
    wire [3:0] square_0;
    stored_v1_table_0 square_0_table (.x(clipped_0), .y(square_0));
    wire [3:0] square_1;
    stored_v1_table_0 square_1_table (.x(clipped_1), .y(square_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        square_0_q <= square_0;
        square_1_q <= square_1;
    end
endmodule

`default_nettype wire
