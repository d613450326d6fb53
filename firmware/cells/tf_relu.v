// tf_relu: the low WY bits of max(x, 0), for x in two's complement. Combinational.
//
// Zero stands outermost: a register behind the cell takes it with its reset, and no look-up table.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_relu #(
    parameter WX = 8,
    parameter WY = 7
) (
    input  wire [WX-1:0] x,
    output wire [WY-1:0] y
);

  localparam WIDE = WX + WY;

  wire [WIDE-1:0] wide = {{WY{1'b0}}, x};
  wire unused = &{1'b0, wide};
  assign y = x[WX-1] ? {WY{1'b0}} : wide[WY-1:0];

endmodule

`default_nettype wire
