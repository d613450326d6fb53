// stored_v1_short_stage1: pipeline stage 1 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage1 (
    input wire clk,
    input wire [4:0] particle_0,
    input wire [4:0] particle_1,
    input wire [2:0] particle_2,
    output reg [2:0] particle_2_q,
    output reg [5:0] phi_t1_q,
    output reg [5:0] phi_t2_q,
    output reg [6:0] phi_t3_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [5:0] phi_t1;
    tf_add #(.WA(5), .SIGNED_A(1), .SHIFT_A(0), .WB(3), .SIGNED_B(1), .SHIFT_B(1), .SUBTRACT(0), .WY(6))
        phi_t1_cell (.a(particle_0), .b(particle_2), .y(phi_t1));
    wire [5:0] phi_t2;
    tf_add #(.WA(5), .SIGNED_A(1), .SHIFT_A(0), .WB(5), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(0), .WY(6))
        phi_t2_cell (.a(particle_0), .b(particle_1), .y(phi_t2));
    wire [6:0] phi_t3;
    tf_add #(.WA(5), .SIGNED_A(1), .SHIFT_A(1), .WB(5), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(0), .WY(7))
        phi_t3_cell (.a(particle_0), .b(particle_1), .y(phi_t3));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        particle_2_q <= particle_2;
        phi_t1_q <= phi_t1;
        phi_t2_q <= phi_t2;
        phi_t3_q <= phi_t3;
    end
endmodule

`default_nettype wire
