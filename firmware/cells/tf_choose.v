// tf_choose: one of SLOTS values of W bits that come all at once, that of the slot, behind a register.
//
// d holds the values, that of slot 0 lowest, and is read in the cycle in which first is high; registers keep all but
// the first of them. q is the value of a slot from the edge after step on, with which the slot begins.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_choose #(
    parameter W = 8,
    parameter SLOTS = 4,
    parameter WS = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire first,
    input  wire step,
    input  wire [WS-1:0] slot,
    input  wire [SLOTS*W-1:0] d,
    output wire [W-1:0] q
);

  wire [(SLOTS-1)*W-1:0] held;

  tf_hold #(
      .W((SLOTS - 1) * W),
      .TRIPLICATED(TRIPLICATED)
  ) waiting (
      .clk(clk),
      .load(first),
      .d(d[SLOTS*W-1:W]),
      .q(held)
  );

  tf_switch #(
      .W(W),
      .SLOTS(SLOTS),
      .WS(WS),
      .TRIPLICATED(TRIPLICATED)
  ) among (
      .clk(clk),
      .step(step),
      .slot(slot),
      .d({held, d[W-1:0]}),
      .q(q)
  );

endmodule

`default_nettype wire
