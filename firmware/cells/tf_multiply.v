// tf_multiply: the low WY bits of a * b.
//
// a and b are WA and WB bits wide, in two's complement where SIGNED_A or SIGNED_B is 1. Where WY is wider than the
// product, the product is extended by its sign. Combinational. USE_DSP asks Vivado for a DSP block (1) or for LUTs (0).
// map_once is for Yosys, see src/trigforge/toolchain/yosys_worker.py.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

(* map_once *)
module tf_multiply #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter WY = 16,
    parameter USE_DSP = 0
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire [WY-1:0] y
);

  localparam EXACT = WA + WB;
  localparam WIDE = 1 + (EXACT > WY ? EXACT : WY);

  // Extended by their signs to the width of the product; synthesis takes the copies of a sign away again.
  wire signed [EXACT-1:0] wide_a = {{WB{SIGNED_A != 0 && a[WA-1]}}, a};
  wire signed [EXACT-1:0] wide_b = {{WA{SIGNED_B != 0 && b[WB-1]}}, b};
  wire signed [EXACT-1:0] exact;

  generate
    if (USE_DSP != 0) begin : dsp
      (* use_dsp = "yes" *) wire signed [EXACT-1:0] product = wide_a * wide_b;
      assign exact = product;
    end else begin : lut
      (* use_dsp = "no" *) wire signed [EXACT-1:0] product = wide_a * wide_b;
      assign exact = product;
    end
  endgenerate

  wire [WIDE-1:0] wide = {{(WIDE - EXACT){(SIGNED_A != 0 || SIGNED_B != 0) && exact[EXACT-1]}}, exact};
  wire unused = &{1'b0, wide};
  assign y = wide[WY-1:0];

endmodule

`default_nettype wire
