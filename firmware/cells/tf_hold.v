// tf_hold: q is the value that d had in the last cycle in which load was high.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_hold #(
    parameter W = 8,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire load,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  tf_register #(.W(W), .TRIPLICATED(TRIPLICATED)) kept (.clk(clk), .d(load ? d : q), .q(q));

endmodule

`default_nettype wire
