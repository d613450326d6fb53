// tf_saturate: the integer x in the range of a type of WY bits, signed if SIGNED_Y is 1.
//
// x is WX bits wide, in two's complement if SIGNED_X is 1; WX may be smaller than WY. What does not fit becomes
//   MODE 0 (SAT)       the nearest end of the range,
//   MODE 1 (SAT_ZERO)  zero,
//   MODE 2 (SAT_SYM)   the nearest end of -(2^(WY-1) - 1) to 2^(WY-1) - 1 if SIGNED_Y is 1, which moves -2^(WY-1) too;
//                      otherwise as MODE 0.
// Combinational. x fits if its upper bits are all equal to the sign of the result, so nothing is compared. Constants
// stand outermost, where a register behind the cell takes them with its reset or set and no look-up table.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_saturate #(
    parameter WX = 8,
    parameter SIGNED_X = 1,
    parameter WY = 6,
    parameter SIGNED_Y = 1,
    parameter MODE = 0
) (
    input  wire [WX-1:0] x,
    output wire [WY-1:0] y
);

  localparam WIDE = 1 + (WX > WY ? WX : WY);

  wire negative = SIGNED_X != 0 && x[WX-1];
  wire [WIDE-1:0] wide = {{(WIDE - WX){negative}}, x};
  wire [WY-1:0] low = wide[WY-1:0];
  wire any_above = |wide[WIDE-1:WY];
  wire all_above = &wide[WIDE-1:WY];

  generate
    if (SIGNED_Y == 0) begin : to_unsigned
      if (MODE == 1) begin : zero
        assign y = any_above ? {WY{1'b0}} : low;
      end else begin : clip
        assign y = negative ? {WY{1'b0}} : any_above ? {WY{1'b1}} : low;
      end
    end else if (WY == 1) begin : to_sign
      // The range is -1 to 0, and symmetric it is 0.
      assign y = MODE == 0 ? negative : MODE == 1 ? (all_above && low) : 1'b0;
    end else begin : to_signed
      wire fits = low[WY-1] ? all_above : !any_above;
      wire [WY-1:0] nearest = {negative, {(WY - 1) {!negative}}};
      if (MODE == 0) begin : clip
        assign y = fits ? low : nearest;
      end else if (MODE == 1) begin : zero
        wire unused = &{1'b0, nearest};
        assign y = fits ? low : {WY{1'b0}};
      end else begin : symmetric
        // -2^(WY-1) fits, but not symmetrically.
        wire least = low[WY-1] && !(|low[WY-2:0]);
        assign y = (fits && !least) ? low : nearest | {{(WY - 1) {1'b0}}, 1'b1};
      end
    end
  endgenerate

  wire unused = &{1'b0, wide, any_above, all_above};

endmodule

`default_nettype wire
