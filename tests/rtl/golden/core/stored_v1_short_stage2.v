// stored_v1_short_stage2: pipeline stage 2 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage2 (
    input wire clk,
    input wire [2:0] particle_2,
    input wire [5:0] phi_t1,
    input wire [5:0] phi_t2,
    input wire [6:0] phi_t3,
    output reg [5:0] phi_t1_q,
    output reg [6:0] phi_t3_q,
    output reg [6:0] phi_t4_q,
    output reg [8:0] phi_t6_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [6:0] phi_t4;
    tf_add #(.WA(6), .SIGNED_A(1), .SHIFT_A(0), .WB(3), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(1), .WY(7))
        phi_t4_cell (.a(phi_t2), .b(particle_2), .y(phi_t4));
    wire [8:0] phi_t6;
    tf_add #(.WA(3), .SIGNED_A(1), .SHIFT_A(5), .WB(6), .SIGNED_B(1), .SHIFT_B(0), .SUBTRACT(1), .WY(9))
        phi_t6_cell (.a(particle_2), .b(phi_t1), .y(phi_t6));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        phi_t1_q <= phi_t1;
        phi_t3_q <= phi_t3;
        phi_t4_q <= phi_t4;
        phi_t6_q <= phi_t6;
    end
endmodule

`default_nettype wire
