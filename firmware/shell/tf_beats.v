// tf_beats: hands an event on in BEATS parts, one a clock.
//
//   start       sampled at each rising edge, and looked at in its own clock: event_data holds an event.
//   event_data  the event, the first part lowest. Read in the clock of start only.
//   beat        the first part in the clock of start, the others in the BEATS - 1 clocks after it. Undefined in other
//               clocks.
//
// Events are BEATS clocks apart, or more. A start in the middle of an event begins a new one.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_beats #(
    parameter W = 8,
    parameter BEATS = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire start,
    input  wire [W*BEATS-1:0] event_data,
    output wire [W-1:0] beat
);

  wire [W*(BEATS-1)-1:0] rest;
  wire [W*(BEATS-1)-1:0] rest_next;

  generate
    if (BEATS == 2) begin : two
      assign rest_next = event_data[W+:W];
    end else begin : many
      assign rest_next = start ? event_data[W*BEATS-1:W] : rest >> W;
    end
  endgenerate
  tf_register #(.W(W * (BEATS - 1)), .TRIPLICATED(TRIPLICATED)) rest_register (.clk(clk), .d(rest_next), .q(rest));
  assign beat = start ? event_data[W-1:0] : rest[W-1:0];

endmodule

`default_nettype wire
