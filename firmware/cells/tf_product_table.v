// tf_product_table: the low WY bits of a * b, looked up; WA + WB and WY are 6 at most. Combinational.
//
// a and b are in two's complement where SIGNED_A or SIGNED_B is 1. All products stand in one constant, 8 bits apart.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_product_table #(
    parameter WA = 3,
    parameter SIGNED_A = 1,
    parameter WB = 3,
    parameter SIGNED_B = 1,
    parameter WY = 6
) (
    input  wire [WA-1:0] a,
    input  wire [WB-1:0] b,
    output wire [WY-1:0] y
);

  localparam COUNT = 1 << (WA + WB);

  // Entry n is the product of the lower WA bits of n and those above.
  function [8*COUNT-1:0] products(input integer count);
    integer n;
    reg signed [7:0] low, high;
    for (n = 0; n < count; n = n + 1) begin
      low = n[7:0] << (8 - WA);
      high = n[7:0] << (8 - WA - WB);
      low = SIGNED_A != 0 ? low >>> (8 - WA) : low >> (8 - WA);
      high = SIGNED_B != 0 ? high >>> (8 - WB) : high >> (8 - WB);
      products[8*n+:8] = low * high;
    end
  endfunction

  localparam [8*COUNT-1:0] PRODUCTS = products(COUNT);
  wire [7:0] entry = PRODUCTS[{b, a, 3'b000}+:8];
  wire unused = &{1'b0, entry};
  assign y = entry[WY-1:0];

endmodule

`default_nettype wire
