// tf_valid_pipeline: says when the result of an event leaves a pipeline of LATENCY register stages.
//
//   in_valid   sampled at each rising edge: an event enters the pipeline at this edge. Ignored while rst is high.
//   out_valid  high after edge n + LATENCY - 1 for one clock, if an event entered at edge n and rst has been low at
//              every edge since. With LATENCY 0 it follows in_valid in the same clock.
//   rst        sampled at each rising edge: every event in flight is dropped, and out_valid is low from this edge on.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_valid_pipeline #(
    parameter LATENCY = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire in_valid,
    output wire out_valid
);

  generate
    if (LATENCY == 0) begin : wired
      wire unused = &{1'b0, clk};
      assign out_valid = in_valid && !rst;
    end else if (TRIPLICATED != 0) begin : voted
      wire [LATENCY:0] passed;
      assign passed[0] = in_valid;
      tf_register #(.W(LATENCY), .TRIPLICATED(TRIPLICATED))
          flight (.clk(clk), .d(rst ? {LATENCY{1'b0}} : passed[LATENCY-1:0]), .q(passed[LATENCY:1]));
      assign out_valid = passed[LATENCY];
    end else if (LATENCY == 1) begin : one
      reg flight;
      always @(posedge clk) flight <= in_valid && !rst;
      assign out_valid = flight;
    end else begin : many
      reg [LATENCY-1:0] flight;
      always @(posedge clk) begin
        if (rst) flight <= {LATENCY{1'b0}};
        else flight <= {flight[LATENCY-2:0], in_valid};
      end
      assign out_valid = flight[LATENCY-1];
    end
  endgenerate

endmodule

`default_nettype wire
