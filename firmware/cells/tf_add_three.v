// tf_add_three: the low WY bits of (a << SHIFT_A) ± (b << SHIFT_B) ± (c << SHIFT_C) in one carry chain.
//
// The last SUBTRACTED operands (0, 1 or 2) are subtracted. Operands are WA, WB and WC bits wide, in two's complement
// where SIGNED_A and so on is 1. Where WY is wider than the result, the result is extended by its sign. Combinational.
// What a single operand holds below the two others is wired, unless it is subtracted.
//
// The sum itself stands in tf_sum_three.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_add_three #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter SHIFT_A = 0,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter SHIFT_B = 0,
    parameter WC = 8,
    parameter SIGNED_C = 1,
    parameter SHIFT_C = 0,
    parameter SUBTRACTED = 0,
    parameter WY = 10
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    input  wire [WC-1:0] c,
    output wire [WY-1:0] y
);

  // The width of each operand on the scale of y, with a sign, and that of the exact result.
  localparam SIGNED_Y = SIGNED_A != 0 || SIGNED_B != 0 || SIGNED_C != 0 || SUBTRACTED != 0;
  localparam TOP_A = WA + SHIFT_A + 1;
  localparam TOP_B = WB + SHIFT_B + 1;
  localparam TOP_C = WC + SHIFT_C + 1;
  localparam TOP_AB = TOP_A > TOP_B ? TOP_A : TOP_B;
  localparam EXACT = 2 + (TOP_AB > TOP_C ? TOP_AB : TOP_C);
  localparam WIDE = 1 + (EXACT > WY ? EXACT : WY);

  // Bits START to END - 1 of y come from the adder: from the second of the three first bits on, or from that of an
  // operand that is subtracted.
  localparam LOWER = SHIFT_A < SHIFT_B ? SHIFT_A : SHIFT_B;
  localparam HIGHER = SHIFT_A < SHIFT_B ? SHIFT_B : SHIFT_A;
  localparam SECOND = SHIFT_C < LOWER ? LOWER : SHIFT_C < HIGHER ? SHIFT_C : HIGHER;
  localparam FROM_C = (SUBTRACTED > 0 && SHIFT_C < SECOND) ? SHIFT_C : SECOND;
  localparam START = (SUBTRACTED > 1 && SHIFT_B < FROM_C) ? SHIFT_B : FROM_C;
  localparam END = EXACT < WY ? EXACT : WY;

  wire negative_a = SIGNED_A != 0 && a[WA-1];
  wire negative_b = SIGNED_B != 0 && b[WB-1];
  wire negative_c = SIGNED_C != 0 && c[WC-1];
  wire [WIDE-1:0] wide_a = {{(WIDE - WA){negative_a}}, a} << SHIFT_A;
  wire [WIDE-1:0] wide_b = {{(WIDE - WB){negative_b}}, b} << SHIFT_B;
  wire [WIDE-1:0] wide_c = {{(WIDE - WC){negative_c}}, c} << SHIFT_C;
  wire unused = &{1'b0, wide_a, wide_b, wide_c};

  generate
    if (START >= WY) begin : no_adder
      assign y = wide_a[WY-1:0] | wide_b[WY-1:0] | wide_c[WY-1:0];
    end else begin : adder
      wire [END-START-1:0] sum;
      tf_sum_three #(.W(END - START), .SUBTRACTED(SUBTRACTED)) three (
          .a(wide_a[END-1:START]), .b(wide_b[END-1:START]), .c(wide_c[END-1:START]), .y(sum));
      assign y[END-1:START] = sum;
      if (START > 0) begin : wired
        assign y[START-1:0] = wide_a[START-1:0] | wide_b[START-1:0] | wide_c[START-1:0];
      end
      if (WY > END) begin : extended
        assign y[WY-1:END] = {(WY - END) {SIGNED_Y && sum[END-START-1]}};
      end
    end
  endgenerate

endmodule

`default_nettype wire
