// tf_register_copy: one copy of a triplicated register; q is the value that d had at the last rising edge of clk.
//
// keep_hierarchy and dont_touch keep synthesis from making one of copies that hold the same (Yosys, Vivado).
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

(* keep_hierarchy = "yes", dont_touch = "true" *)
module tf_register_copy #(
    parameter W = 8
) (
    input  wire clk,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  (* keep, dont_touch = "true" *) reg [W-1:0] state;

  always @(posedge clk) state <= d;
  assign q = state;

endmodule

`default_nettype wire
