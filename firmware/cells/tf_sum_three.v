// tf_sum_three: a ± b ± c modulo 2**W; the last SUBTRACTED operands (0, 1 or 2) are subtracted. Combinational.
//
// Each is one expression of three operands, of which Vivado makes one carry chain with one LUT a bit. Yosys would make
// two chains: trigforge maps this module by itself there (toolchain/yosys_adders.v).
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_sum_three #(
    parameter W = 8,
    parameter SUBTRACTED = 0
) (
    input  wire [W-1:0] a,
    input  wire [W-1:0] b,
    input  wire [W-1:0] c,
    output wire [W-1:0] y
);

  generate
    if (SUBTRACTED == 0) begin : plus_plus
      assign y = a + b + c;
    end else if (SUBTRACTED == 1) begin : plus_minus
      assign y = a + b - c;
    end else begin : minus_minus
      assign y = a - b - c;
    end
  endgenerate

endmodule

`default_nettype wire
