// tf_delay: q is d, CYCLES rising edges of clk later; with CYCLES 0 it is d itself.
//
// The registers have no reset, so that synthesis may take shift-register LUTs. With TRIPLICATED 1 each is triplicated,
// as tf_register says, and stays a register.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_delay #(
    parameter W = 8,
    parameter CYCLES = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire [W-1:0] d,
    output wire [W-1:0] q
);

  generate
    if (CYCLES == 0) begin : wired
      wire unused = &{1'b0, clk};
      assign q = d;
    end else if (TRIPLICATED != 0) begin : voted
      wire [W*(CYCLES+1)-1:0] passed;
      assign passed[W-1:0] = d;
      tf_register #(.W(W * CYCLES), .TRIPLICATED(TRIPLICATED))
          stages (.clk(clk), .d(passed[W*CYCLES-1:0]), .q(passed[W*(CYCLES+1)-1:W]));
      assign q = passed[W*(CYCLES+1)-1:W*CYCLES];
    end else if (CYCLES == 1) begin : one
      reg [W-1:0] stage;
      always @(posedge clk) stage <= d;
      assign q = stage;
    end else begin : many
      reg [W*CYCLES-1:0] stages;
      always @(posedge clk) stages <= {stages[W*(CYCLES-1)-1:0], d};
      assign q = stages[W*CYCLES-1:W*(CYCLES-1)];
    end
  endgenerate

endmodule

`default_nettype wire
