// tf_round_up: 1 where rounding away the last DROP bits of x gives one more than cutting them off.
//
// x is WX bits wide, in two's complement if SIGNED_X is 1; DROP is at least 1 and may exceed WX. MODE names the
// rounding of UG1399:
//   0 (TRN)          to minus infinity: never
//   1 (TRN_ZERO)     to zero
//   2 (RND)          to the nearest, halves to plus infinity
//   3 (RND_ZERO)     to the nearest, halves to zero
//   4 (RND_INF)      to the nearest, halves away from zero
//   5 (RND_MIN_INF)  to the nearest, halves to minus infinity
//   6 (RND_CONV)     to the nearest, halves to even
// Combinational.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_round_up #(
    parameter WX = 8,
    parameter SIGNED_X = 1,
    parameter DROP = 3,
    parameter MODE = 6
) (
    input  wire [WX-1:0] x,
    output wire          y
);

  localparam WIDE = 1 + (WX > DROP ? WX : DROP);

  wire negative = SIGNED_X != 0 && x[WX-1];
  wire [WIDE-1:0] wide = {{(WIDE - WX){negative}}, x};
  wire half = wide[DROP-1];
  wire odd = wide[DROP];
  wire beyond_half;

  generate
    if (DROP > 1) begin : more
      assign beyond_half = |wide[DROP-2:0];
    end else begin : half_alone
      assign beyond_half = 1'b0;
    end
    if (MODE == 0) begin : trn
      assign y = 1'b0;
    end else if (MODE == 1) begin : trn_zero
      assign y = negative & (half | beyond_half);
    end else if (MODE == 2) begin : rnd
      assign y = half;
    end else if (MODE == 3) begin : rnd_zero
      assign y = half & (beyond_half | negative);
    end else if (MODE == 4) begin : rnd_inf
      assign y = half & (beyond_half | !negative);
    end else if (MODE == 5) begin : rnd_min_inf
      assign y = half & beyond_half;
    end else begin : rnd_conv
      assign y = half & (beyond_half | odd);
    end
  endgenerate

  wire unused = &{1'b0, wide, odd, half, beyond_half, negative};

endmodule

`default_nettype wire
