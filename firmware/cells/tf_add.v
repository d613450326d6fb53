// tf_add: the low WY bits of (a << SHIFT_A) + (b << SHIFT_B), or of their difference if SUBTRACT is 1.
//
// a and b are WA and WB bits wide, in two's complement where SIGNED_A or SIGNED_B is 1. Where WY is wider than the
// result, the result is extended by its sign. Combinational. Only bits that both operands reach are added: what a
// single operand holds below the other one is wired, unless it is subtracted.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_add #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter SHIFT_A = 0,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter SHIFT_B = 0,
    parameter SUBTRACT = 0,
    parameter WY = 9
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire [WY-1:0] y
);

  // The width of each operand, and of the exact result, on the scale of y.
  localparam SIGNED_Y = SIGNED_A != 0 || SIGNED_B != 0 || SUBTRACT != 0;
  localparam BOTH_UNSIGNED = SIGNED_A == 0 && SIGNED_B == 0;
  localparam TOP_A = WA + SHIFT_A + ((SIGNED_A == 0 && !BOTH_UNSIGNED) ? 1 : 0);
  localparam TOP_B = WB + SHIFT_B + ((SIGNED_B == 0 && !BOTH_UNSIGNED) ? 1 : 0);
  localparam EXACT = 1 + (TOP_A > TOP_B ? TOP_A : TOP_B);
  localparam WIDE = 1 + (EXACT > WY ? EXACT : WY);

  // Bits START to END - 1 of y come from the adder.
  localparam HIGHER_SHIFT = SHIFT_A > SHIFT_B ? SHIFT_A : SHIFT_B;
  localparam START = (SUBTRACT != 0 && SHIFT_B < SHIFT_A) ? SHIFT_B : HIGHER_SHIFT;
  localparam END = EXACT < WY ? EXACT : WY;

  wire negative_a = SIGNED_A != 0 && a[WA-1];
  wire negative_b = SIGNED_B != 0 && b[WB-1];
  wire [WIDE-1:0] wide_a = {{(WIDE - WA){negative_a}}, a} << SHIFT_A;
  wire [WIDE-1:0] wide_b = {{(WIDE - WB){negative_b}}, b} << SHIFT_B;
  wire unused = &{1'b0, wide_a, wide_b};

  generate
    if (START >= WY) begin : no_adder
      assign y = wide_a[WY-1:0] | wide_b[WY-1:0];
    end else begin : adder
      wire [END-START-1:0] sum;
      if (SUBTRACT != 0) begin : minus
        assign sum = wide_a[END-1:START] - wide_b[END-1:START];
      end else begin : plus
        assign sum = wide_a[END-1:START] + wide_b[END-1:START];
      end
      assign y[END-1:START] = sum;
      if (START > 0) begin : wired
        assign y[START-1:0] = wide_a[START-1:0] | wide_b[START-1:0];
      end
      if (WY > END) begin : extended
        assign y[WY-1:END] = {(WY - END) {SIGNED_Y && sum[END-START-1]}};
      end
    end
  endgenerate

endmodule

`default_nettype wire
