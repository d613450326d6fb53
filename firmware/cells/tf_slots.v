// tf_slots: counts the slots of one event.
//
// Slots are SPACING cycles long. start is high in the first cycle of slot 0 or, with EARLY 1, in the cycle before it.
// first is high in the first cycle of slot 0, step in the first cycle of every slot; slot is the number of the slot.
// Behind the last slot the count goes on and means nothing. There is no reset: the next start begins again at slot 0.
//
// Where many values wait for their slots, several counters serve them, each with short wires. keep_hierarchy keeps
// synthesis from making one of several that count alike.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

(* keep_hierarchy = "yes" *)
module tf_slots #(
    parameter SPACING = 1,
    parameter EARLY = 0,
    parameter W = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire start,
    output wire first,
    output wire step,
    output wire [W-1:0] slot
);

  wire [W-1:0] count;
  wire [W-1:0] counted;
  wire [W-1:0] following;

  generate
    if (EARLY != 0) begin : early
      tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) begun (.clk(clk), .d(start), .q(first));
      assign counted = start ? {W{1'b0}} : following;
      assign slot = count;
    end else begin : at_once
      assign counted = following;
      assign first = start;
      assign slot = start ? {W{1'b0}} : count;
    end

    if (SPACING == 1) begin : dense
      assign step = 1'b1;
      assign following = slot + 1'b1;
    end else begin : spread
      localparam P = $clog2(SPACING);
      localparam [31:0] LAST = SPACING - 1;
      wire [P-1:0] phase;
      wire [P-1:0] part = first ? {P{1'b0}} : phase;
      wire ends = part == LAST[P-1:0];
      tf_register #(.W(P), .TRIPLICATED(TRIPLICATED))
          parts (.clk(clk), .d(ends ? {P{1'b0}} : part + 1'b1), .q(phase));
      assign step = part == {P{1'b0}};
      assign following = ends ? slot + 1'b1 : slot;
    end
  endgenerate

  tf_register #(.W(W), .TRIPLICATED(TRIPLICATED)) counting (.clk(clk), .d(counted), .q(count));

endmodule

`default_nettype wire
