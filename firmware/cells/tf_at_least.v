// tf_at_least: y is 1 where (a << SHIFT_A) >= (b << SHIFT_B), compared as integers.
//
// a and b are WA and WB bits wide, in two's complement where SIGNED_A or SIGNED_B is 1. Combinational. With d bits of a
// below b, only the others count: a >= b << d exactly if (a >> d) >= b. With d bits of b below a, all that matters of
// them is whether one is set: (a << d) >= b exactly if a >= (b >> d) + (1 if one is), which takes one bit more.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_at_least #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter SHIFT_A = 0,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter SHIFT_B = 0
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire y
);

  localparam BELOW_A = SHIFT_B > SHIFT_A ? SHIFT_B - SHIFT_A : 0;
  localparam BELOW_B = SHIFT_A > SHIFT_B ? SHIFT_A - SHIFT_B : 0;

  // One width and one signedness for both, after what is below is cut.
  localparam SIGNED_EITHER = SIGNED_A != 0 || SIGNED_B != 0;
  localparam REST_A = WA > BELOW_A ? WA - BELOW_A : 1;
  localparam REST_B = WB > BELOW_B ? WB - BELOW_B : 1;
  localparam TOP_A = REST_A + ((SIGNED_A == 0 && SIGNED_EITHER) ? 1 : 0);
  localparam TOP_B = REST_B + ((SIGNED_B == 0 && SIGNED_EITHER) ? 1 : 0);
  localparam W = TOP_A > TOP_B ? TOP_A : TOP_B;

  localparam WIDE_A = W + BELOW_A + WA;
  localparam WIDE_B = W + BELOW_B + WB;
  wire [WIDE_A-1:0] wide_a = {{(WIDE_A - WA){SIGNED_A != 0 && a[WA-1]}}, a};
  wire [WIDE_B-1:0] wide_b = {{(WIDE_B - WB){SIGNED_B != 0 && b[WB-1]}}, b};
  wire [W-1:0] rest_a = wide_a[W+BELOW_A-1:BELOW_A];
  wire [W-1:0] rest_b = wide_b[W+BELOW_B-1:BELOW_B];
  wire unused = &{1'b0, wide_a, wide_b};

  // Two's complement compares like an unsigned number once its sign is turned round.
  localparam [W-1:0] SIGN = {W{SIGNED_EITHER}} << (W - 1);
  wire [W-1:0] order_a = rest_a ^ SIGN;
  wire [W-1:0] order_b = rest_b ^ SIGN;

  generate
    if (BELOW_B > 0) begin : below
      wire set = |wide_b[BELOW_B-1:0];
      assign y = {order_a, 1'b0} >= {order_b, set};
    end else begin : level
      assign y = order_a >= order_b;
    end
  endgenerate

endmodule

`default_nettype wire
