// tf_choose: one of SLOTS values of W bits, in the order of the slots, each for one slot.
//
// d holds the values, that of slot 0 lowest, and is read in the cycle in which first is high; registers keep all but the
// first of them. q is the value of a slot from the edge after step on, with which the slot begins.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_choose #(
    parameter W = 8,
    parameter SLOTS = 4,
    parameter WS = 2
) (
    input  wire clk,
    input  wire first,
    input  wire step,
    input  wire [WS-1:0] slot,
    input  wire [SLOTS*W-1:0] d,
    output reg  [W-1:0] q
);

  localparam ALL = 1 << WS;

  reg  [(SLOTS-1)*W-1:0] held;
  wire [W-1:0] chosen;

  always @(posedge clk) begin
    if (first) held <= d[SLOTS*W-1:W];
    if (step) q <= chosen;
  end

  genvar bit_number, n;
  generate
    for (bit_number = 0; bit_number < W; bit_number = bit_number + 1) begin : bits
      wire [ALL-1:0] column;
      assign column[0] = d[bit_number];
      for (n = 1; n < ALL; n = n + 1) begin : slots
        assign column[n] = n < SLOTS ? held[((n < SLOTS ? n : 1) - 1) * W + bit_number] : 1'bx;
      end
      assign chosen[bit_number] = column[slot];
    end
  endgenerate

endmodule

`default_nettype wire
