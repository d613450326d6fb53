// tf_register: q is the value that d had at the last rising edge of clk.
//
// With TRIPLICATED 1 three copies hold it and q is their majority, bit by bit. A copy that is flipped changes
// nothing then, and is right again from the next edge on, since all three take d. A register that keeps its value
// feeds q back to d: so what it keeps is what was voted, and it mends itself.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_register #(
    parameter W = 8,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  generate
    if (TRIPLICATED == 0) begin : single
      reg [W-1:0] state;
      always @(posedge clk) state <= d;
      assign q = state;
    end else begin : triplicated
      wire [W-1:0] a;
      wire [W-1:0] b;
      wire [W-1:0] c;
      tf_register_copy #(.W(W)) copy_a (.clk(clk), .d(d), .q(a));
      tf_register_copy #(.W(W)) copy_b (.clk(clk), .d(d), .q(b));
      tf_register_copy #(.W(W)) copy_c (.clk(clk), .d(d), .q(c));
      tf_vote #(.W(W)) voter (.a(a), .b(b), .c(c), .y(q));
    end
  endgenerate

endmodule

`default_nettype wire
