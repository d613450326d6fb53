// tf_vote: the majority of a, b and c, bit by bit; it votes out one copy of a register that was flipped.
//
// It stands once behind each triplicated register: a glitch in it is what triplication does not mend.
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

  assign y = (a & b) | (a & c) | (b & c);

endmodule

`default_nettype wire
