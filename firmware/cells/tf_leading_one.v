// tf_leading_one: the position of the highest bit that is set in the unsigned number x: floor(log2 x), and 0 for x = 0.
//
// The low WY bits of it, or zeros above it. Combinational: a search by halves, one bit of the position a step.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_leading_one #(
    parameter WX = 8,
    parameter WY = 3
) (
    input  wire [WX-1:0] x,
    output wire [WY-1:0] y
);

  localparam STEPS = WX > 1 ? $clog2(WX) : 1;
  localparam WIDE = 1 << STEPS;

  reg [WIDE-1:0] rest;
  reg [STEPS-1:0] position;
  integer step;

  always @* begin
    rest = {{(WIDE - WX){1'b0}}, x};
    for (step = STEPS - 1; step >= 0; step = step - 1) begin
      position[step] = |(rest >> (1 << step));
      if (position[step]) rest = rest >> (1 << step);
    end
  end

  wire [STEPS+WY-1:0] wide = {{WY{1'b0}}, position};
  wire unused = &{1'b0, wide};
  assign y = wide[WY-1:0];

endmodule

`default_nettype wire
