// tf_select: the low WY bits of a << SHIFT_A where sel is 1, of b << SHIFT_B where it is 0.
//
// a and b are WA and WB bits wide, in two's complement where SIGNED_A or SIGNED_B is 1, and are extended by their signs
// where WY is wider. Combinational.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_select #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter SHIFT_A = 0,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter SHIFT_B = 0,
    parameter WY = 8
) (
    input  wire sel,
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire [WY-1:0] y
);

  localparam WIDE_A = WA + WY;
  localparam WIDE_B = WB + WY;

  wire [WIDE_A-1:0] wide_a = {{WY{SIGNED_A != 0 && a[WA-1]}}, a} << SHIFT_A;
  wire [WIDE_B-1:0] wide_b = {{WY{SIGNED_B != 0 && b[WB-1]}}, b} << SHIFT_B;
  wire unused = &{1'b0, wide_a, wide_b};
  assign y = sel ? wide_a[WY-1:0] : wide_b[WY-1:0];

endmodule

`default_nettype wire
