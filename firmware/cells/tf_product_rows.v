// tf_product_rows: the low WY bits of a * b as a sum of rows, for WY from 1 to WA + WB. Combinational.
//
// a and b are in two's complement where SIGNED_A or SIGNED_B is 1. Row k adds digit * a * 4**k, where the digit is
// b[2k-1] + b[2k] - 2 * b[2k+1], from -2 to 2 (Booth, radix 4). It is one carry chain with one LUT6 a bit: of the sum
// so far, two bits of a, and the three bits of b. tf_multiply chooses which operand is b.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_product_rows #(
    parameter WA = 8,
    parameter SIGNED_A = 1,
    parameter WB = 8,
    parameter SIGNED_B = 1,
    parameter WY = 16
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire [WY-1:0] y
);

  // Digits of b, and those of them that y needs.
  localparam DIGITS = (WB + (SIGNED_B != 0 ? 1 : 2)) / 2;
  localparam ROWS = DIGITS < (WY + 1) / 2 ? DIGITS : (WY + 1) / 2;

  wire [WY+WA+1:0] wide_a = {{(WY + 1) {SIGNED_A != 0 && a[WA-1]}}, a, 1'b0};
  wire [2*DIGITS+1:0] wide_b = {{(2 * DIGITS + 1 - WB) {SIGNED_B != 0 && b[WB-1]}}, b, 1'b0};
  wire unused = &{1'b0, wide_a, wide_b};

  genvar k;
  generate
    for (k = 0; k < ROWS; k = k + 1) begin : row
      // The sum up to here has END bits, and a sign in the last of them. The row adds bits START to END - 1.
      localparam START = 2 * k;
      localparam END = WA + START + 2 < WY ? WA + START + 2 : WY;
      localparam N = END - START;
      wire minus = wide_b[2*k+2];
      wire once = wide_b[2*k+1] ^ wide_b[2*k];
      wire twice = minus ? !(wide_b[2*k+1] || wide_b[2*k]) : wide_b[2*k+1] && wide_b[2*k];
      wire [N-1:0] term = {N{minus}} ^ ({N{once}} & wide_a[N:1] | {N{twice}} & wide_a[N-1:0]);
      wire [N-1:0] so_far;
      wire below;
      wire [N:0] sum = {so_far, below} + {term, below};
      wire [WY-1:0] total;
      wire unused_bits = &{1'b0, sum, total};

      // A term of a negative digit is inverted and owes 1: it is carried in from a bit below, or is the sum so far.
      if (k == 0) begin : first
        assign so_far = {N{minus}} >> (N - 1);
        assign below = 1'b0;
        assign total[N-1:0] = sum[N:1];
      end else begin : later
        assign so_far = row[k-1].total[END-1:START];
        assign below = minus;
        assign total[END-1:0] = {sum[N:1], row[k-1].total[START-1:0]};
      end
      if (WY > END) begin : extended
        assign total[WY-1:END] = {(WY - END) {sum[N]}};
      end
    end
  endgenerate

  assign y = row[ROWS-1].total;

endmodule

`default_nettype wire
