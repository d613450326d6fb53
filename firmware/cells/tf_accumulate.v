// tf_accumulate: joins the values of x of all slots; y holds them from the edge after the step of the last slot on.
//
// JOINING is 0 for the sum, modulo 2**WY, 1 for the largest and 2 for the smallest value. x is read in cycles in which
// step is high, and begins anew where first is high too. SIGNED says if x, and so y, is in two's complement.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_accumulate #(
    parameter JOINING = 0,
    parameter WX = 8,
    parameter SIGNED = 1,
    parameter WY = 12,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire first,
    input  wire step,
    input  wire [WX-1:0] x,
    output wire [WY-1:0] y
);

  localparam W = WX > WY ? WX : WY;

  wire [W-1:0] wide;
  wire [W-1:0] kept;
  wire [WY-1:0] following;

  generate
    if (W > WX) begin : extended
      assign wide = {{(W - WX) {SIGNED != 0 && x[WX-1]}}, x};
    end else begin : whole
      assign wide = x;
    end
    if (W > WY) begin : more
      assign kept = {{(W - WY) {SIGNED != 0 && y[WY-1]}}, y};
    end else begin : all
      assign kept = y;
    end
    if (JOINING == 0) begin : sum
      wire [WY-1:0] next = (first ? {WY{1'b0}} : y) + wide[WY-1:0];
      wire unused = &{1'b0, wide, kept};
      assign following = step ? next : y;
    end else begin : extremum
      wire [W-1:0] flip = SIGNED != 0 ? {1'b1, {(W - 1) {1'b0}}} : {W{1'b0}};
      wire above = (wide ^ flip) > (kept ^ flip);
      wire taken = first || (JOINING == 1 ? above : !above);
      assign following = step && taken ? wide[WY-1:0] : y;
    end
  endgenerate

  tf_register #(.W(WY), .TRIPLICATED(TRIPLICATED)) joined (.clk(clk), .d(following), .q(y));

endmodule

`default_nettype wire
