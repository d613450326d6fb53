// stored_v1_rho_stage1: pipeline stage 1 of region 'rho' of stored version 1
`default_nettype none

module stored_v1_rho_stage1 (
    input wire clk,
    input wire [3:0] particles_0,
    input wire [3:0] particles_1,
    input wire [3:0] particles_2,
    input wire [3:0] particles_3,
    output reg [4:0] pooled_0_q,
    output reg [4:0] pooled_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // pooled
    wire [4:0] pooled_0;
    tf_add #(.WA(4), .SIGNED_A(0), .SHIFT_A(0), .WB(4), .SIGNED_B(0), .SHIFT_B(0), .SUBTRACT(0), .WY(5))
        pooled_0_cell (.a(particles_0), .b(particles_2), .y(pooled_0));
    wire [4:0] pooled_1;
    tf_add #(.WA(4), .SIGNED_A(0), .SHIFT_A(0), .WB(4), .SIGNED_B(0), .SHIFT_B(0), .SUBTRACT(0), .WY(5))
        pooled_1_cell (.a(particles_1), .b(particles_3), .y(pooled_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        pooled_0_q <= pooled_0;
        pooled_1_q <= pooled_1;
    end
endmodule

`default_nettype wire
