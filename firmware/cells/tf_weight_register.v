// tf_weight_register: a register for what is held for long, as weights that are loaded at run time; q is the value that
// d had at the last rising edge of clk at which load was high, or 0 if clear was high since.
//
// With TRIPLICATED 1 copies and voters stand three times. Every copy takes what its own voter says at each edge at
// which its bit of load is low, so a copy that is flipped, a voter that glitches, or one bit of load that does, is
// mended at the next edge, for as long as the value is held. q is what the first voter says: a glitch there lasts while
// it lasts, and is kept by one copy alone. With TRIPLICATED 0 the first bit of load counts.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_weight_register #(
    parameter W = 8,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire clear,
    input  wire [2:0] load,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  generate
    if (TRIPLICATED == 0) begin : single
      wire unused = &{1'b0, load};
      tf_register #(.W(W)) kept (.clk(clk), .d(clear ? {W{1'b0}} : load[0] ? d : q), .q(q));
    end else begin : triplicated
      wire [W-1:0] a;
      wire [W-1:0] b;
      wire [W-1:0] c;
      wire [W-1:0] voted_b;
      wire [W-1:0] voted_c;
      wire unused = &{1'b0, voted_b, voted_c};
      tf_weight_copy #(.W(W)) copy_a
          (.clk(clk), .clear(clear), .load(load[0]), .d(d), .second(b), .third(c), .own(a), .voted(q));
      tf_weight_copy #(.W(W)) copy_b
          (.clk(clk), .clear(clear), .load(load[1]), .d(d), .second(c), .third(a), .own(b), .voted(voted_b));
      tf_weight_copy #(.W(W)) copy_c
          (.clk(clk), .clear(clear), .load(load[2]), .d(d), .second(a), .third(b), .own(c), .voted(voted_c));
    end
  endgenerate

endmodule

`default_nettype wire
