// stored_v1_short_stage2: pipeline stage 2 of region 'short' of stored version 1
`default_nettype none

module stored_v1_short_stage2 (
    input wire clk,
    input wire [4:0] particle_1,
    input wire [5:0] phi_t0,
    input wire [5:0] phi_t2,
    input wire [7:0] phi_t3,
    input wire [8:0] phi_t5,
    output reg [8:0] phi_0_q,
    output reg [8:0] phi_1_q
);

    // verilator lint_off UNUSEDSIGNAL

    // phi
    wire [8:0] phi_0;
    tf_add_three #(.WA(8), .SIGNED_A(1), .SHIFT_A(1), .WB(5), .SIGNED_B(1), .SHIFT_B(3), .WC(6), .SIGNED_C(1), .SHIFT_C(0), .SUBTRACTED(0), .WY(9))
        phi_0_cell (.a(phi_t3), .b(particle_1), .c(phi_t2), .y(phi_0));
    wire [8:0] phi_1;
    tf_add_three #(.WA(9), .SIGNED_A(1), .SHIFT_A(0), .WB(6), .SIGNED_B(1), .SHIFT_B(0), .WC(6), .SIGNED_C(1), .SHIFT_C(2), .SUBTRACTED(2), .WY(9))
        phi_1_cell (.a(phi_t5), .b(phi_t0), .c(phi_t0), .y(phi_1));

    // verilator lint_on UNUSEDSIGNAL

    always @(posedge clk) begin
        phi_0_q <= phi_0;
        phi_1_q <= phi_1;
    end
endmodule

`default_nettype wire
