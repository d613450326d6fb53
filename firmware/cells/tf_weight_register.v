// tf_weight_register: a fully triplicated register for a weight that is loaded at run time; q is the value that d
// had at the last rising edge of clk at which load was high.
//
// Copies and voters stand three times. Every copy takes what its own voter says at each edge at which load is low,
// so a copy that is flipped, or a voter that glitches, is mended at the next edge, for as long as the weight is
// held. q is what the first voter says: a glitch there lasts while it lasts, and is kept by one copy alone.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_weight_register #(
    parameter W = 8
) (
    input  wire clk,
    input  wire load,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  wire [W-1:0] a;
  wire [W-1:0] b;
  wire [W-1:0] c;
  wire [W-1:0] voted_b;
  wire [W-1:0] voted_c;
  wire unused = &{1'b0, voted_b, voted_c};

  tf_weight_copy #(.W(W)) copy_a (.clk(clk), .load(load), .d(d), .second(b), .third(c), .own(a), .voted(q));
  tf_weight_copy #(.W(W)) copy_b (.clk(clk), .load(load), .d(d), .second(c), .third(a), .own(b), .voted(voted_b));
  tf_weight_copy #(.W(W)) copy_c (.clk(clk), .load(load), .d(d), .second(a), .third(b), .own(c), .voted(voted_c));

endmodule

`default_nettype wire
