// tf_shift_left: the low WY bits of x << n, for a variable n.
//
// x is WX bits wide, in two's complement if SIGNED_X is 1; n is unsigned. Combinational.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_shift_left #(
    parameter WX = 8,
    parameter SIGNED_X = 1,
    parameter WN = 3,
    parameter WY = 15
) (
    input  wire [WX-1:0] x,
    input  wire [WN-1:0] n,
    output wire [WY-1:0] y
);

  wire [WX+WY-1:0] wide = {{WY{SIGNED_X != 0 && x[WX-1]}}, x};
  wire unused = &{1'b0, wide};
  assign y = wide[WY-1:0] << n;

endmodule

`default_nettype wire
