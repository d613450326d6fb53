// tf_weight_copy: one of three copies of a register that keeps its value, with a voter of its own.
//
// state is 0 behind an edge with clear high, else the value that d had at the last rising edge of clk at which load
// was high, else the majority of state and of the states of the other two copies, which is voted. keep_hierarchy and
// dont_touch keep synthesis from making one of copies that hold the same (Yosys, Vivado).
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

(* keep_hierarchy = "yes", dont_touch = "true" *)
module tf_weight_copy #(
    parameter W = 8
) (
    input  wire clk,
    input  wire clear,
    input  wire load,
    input  wire [W-1:0] d,
    input  wire [W-1:0] second,
    input  wire [W-1:0] third,
    output wire [W-1:0] own,
    output wire [W-1:0] voted
);

  (* keep, dont_touch = "true" *) reg [W-1:0] state;

  tf_vote #(.W(W)) voter (.a(state), .b(second), .c(third), .y(voted));
  always @(posedge clk) state <= clear ? {W{1'b0}} : load ? d : voted;
  assign own = state;

endmodule

`default_nettype wire
