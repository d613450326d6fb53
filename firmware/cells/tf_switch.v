// tf_switch: one of SLOTS values of W bits, that of the slot, behind a register.
//
// d holds the values, that of slot 0 lowest; that of a slot is read in the cycle in which step is high and slot is its
// number. q is that value from the next edge on, with which the slot begins.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_switch #(
    parameter W = 8,
    parameter SLOTS = 4,
    parameter WS = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire step,
    input  wire [WS-1:0] slot,
    input  wire [SLOTS*W-1:0] d,
    output wire [W-1:0] q
);

  localparam ALL = 1 << WS;

  wire [W-1:0] chosen;

  tf_register #(.W(W), .TRIPLICATED(TRIPLICATED)) kept (.clk(clk), .d(step ? chosen : q), .q(q));

  genvar place, n;
  generate
    for (place = 0; place < W; place = place + 1) begin : bits
      wire [ALL-1:0] column;
      for (n = 0; n < ALL; n = n + 1) begin : slots
        assign column[n] = n < SLOTS ? d[(n < SLOTS ? n : 0)*W+place] : 1'bx;
      end
      assign chosen[place] = column[slot];
    end
  endgenerate

endmodule

`default_nettype wire
