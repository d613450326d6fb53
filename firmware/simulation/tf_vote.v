// tf_vote: the voter of a fault-injection campaign: as cells/tf_vote.v, and bits of upset that are 1 turn y over.
//
// It takes the place of the cell in simulations that inject faults, and in nothing else: the campaign sets a bit of upset
// for one clock cycle, a glitch in the voter.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_vote #(
    parameter W = 8
) (
    input  wire [W-1:0] a,
    input  wire [W-1:0] b,
    input  wire [W-1:0] c,
    output wire [W-1:0] y
);

  reg [W-1:0] upset = {W{1'b0}};

  assign y = ((a & b) | (a & c) | (b & c)) ^ upset;

endmodule

`default_nettype wire
