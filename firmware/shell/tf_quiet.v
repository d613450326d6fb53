// tf_quiet: says that no event is inside a core of LATENCY register stages, and that none enters.
//
//   event_valid  sampled at each rising edge: an event enters the core at this edge
//   quiet        no event enters at this edge, and none has in the LATENCY edges before it
//   rst          sampled at each rising edge: the core may hold events from before, so quiet is low for LATENCY edges
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_quiet #(
    parameter integer LATENCY = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire event_valid,
    output wire quiet
);

  localparam BITS = $clog2(LATENCY + 2);
  localparam [BITS-1:0] STEP = 1;
  localparam [BITS-1:0] LONGEST = LATENCY[BITS-1:0];
  wire [BITS-1:0] left;
  wire [BITS-1:0] left_next = rst || event_valid ? LONGEST : left != 0 ? left - STEP : left;
  tf_register #(.W(BITS), .TRIPLICATED(TRIPLICATED)) left_register (.clk(clk), .d(left_next), .q(left));
  assign quiet = left == 0 && !event_valid;

endmodule

`default_nettype wire
