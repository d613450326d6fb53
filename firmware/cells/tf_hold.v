// tf_hold: q is the value that d had in the last cycle in which load was high.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_hold #(
    parameter W = 8
) (
    input  wire clk,
    input  wire load,
    input  wire [W-1:0] d,
    output reg  [W-1:0] q
);

  always @(posedge clk) if (load) q <= d;

endmodule

`default_nettype wire
