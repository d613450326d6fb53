// tf_multiply: the low WY bits of a * b.
//
// a and b are WA and WB bits wide, in two's complement where SIGNED_A or SIGNED_B is 1. Where WY is wider than the
// product, the product is extended by its sign. Combinational. USE_DSP asks Vivado for a DSP block (1) or for LUTs (0).
// map_once is for Yosys, see src/trigforge/toolchain/yosys_worker.py.
//
// Out of LUTs, a product of up to 6 operand bits is a table. A wider one is a sum of rows, one carry chain each with
// one LUT6 a bit: two bits of one operand, the multiplier, are a digit from -2 to 2 (Booth, radix 4).
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

  // Bits 0 to TOP - 1 of y are computed; those above are copies of the sign.
  localparam EXACT = WA + WB;
  localparam TOP = EXACT < WY ? EXACT : WY;
  localparam SIGNED_Y = SIGNED_A != 0 || SIGNED_B != 0;

  // The rows with either operand as the multiplier. Fewer are faster; else those of the narrower operand are less.
  localparam ROWS_A = (WA + (SIGNED_A != 0 ? 1 : 2)) / 2;
  localparam ROWS_B = (WB + (SIGNED_B != 0 ? 1 : 2)) / 2;

  wire [TOP-1:0] product;

  generate
    if (USE_DSP != 0) begin : dsp
      wire signed [EXACT-1:0] wide_a = {{WB{SIGNED_A != 0 && a[WA-1]}}, a};
      wire signed [EXACT-1:0] wide_b = {{WA{SIGNED_B != 0 && b[WB-1]}}, b};
      (* use_dsp = "yes" *) wire signed [EXACT-1:0] exact = wide_a * wide_b;
      wire unused = &{1'b0, exact};
      assign product = exact[TOP-1:0];
    end else if (EXACT <= 6) begin : in_table
      tf_product_table #(.WA(WA), .SIGNED_A(SIGNED_A), .WB(WB), .SIGNED_B(SIGNED_B), .WY(TOP)) entries (
          .a(a), .b(b), .y(product));
    end else if (ROWS_B < ROWS_A || (ROWS_B == ROWS_A && WA <= WB)) begin : by_b
      tf_product_rows #(.WA(WA), .SIGNED_A(SIGNED_A), .WB(WB), .SIGNED_B(SIGNED_B), .WY(TOP)) rows (
          .a(a), .b(b), .y(product));
    end else begin : by_a
      tf_product_rows #(.WA(WB), .SIGNED_A(SIGNED_B), .WB(WA), .SIGNED_B(SIGNED_A), .WY(TOP)) rows (
          .a(b), .b(a), .y(product));
    end
    if (WY > TOP) begin : extended
      assign y = {{(WY - TOP) {SIGNED_Y && product[TOP-1]}}, product};
    end else begin : cut
      assign y = product;
    end
  endgenerate

endmodule

`default_nettype wire
