// tf_quiet: says that no event is inside a core of LATENCY register stages, and that none enters.
//
//   event_valid  sampled at each rising edge: an event enters the core at this edge
//   quiet        no event enters at this edge, and none has in the LATENCY edges before it
//   rst          sampled at each rising edge: the core may hold events from before, so quiet is low for LATENCY edges
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_quiet #(
    parameter integer LATENCY = 1
) (
    input  wire clk,
    input  wire rst,
    input  wire event_valid,
    output wire quiet
);

  localparam BITS = $clog2(LATENCY + 2);
  localparam [BITS-1:0] STEP = 1;
  localparam [BITS-1:0] LONGEST = LATENCY[BITS-1:0];
  reg [BITS-1:0] left;
  always @(posedge clk) begin
    if (rst || event_valid) left <= LONGEST;
    else if (left != 0) left <= left - STEP;
  end
  assign quiet = left == 0 && !event_valid;

endmodule

`default_nettype wire
