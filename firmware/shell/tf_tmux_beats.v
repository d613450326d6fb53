// tf_tmux_beats: link words of an event that go into a core one by one, as they come.
//
//   link_valid     sampled at each rising edge: link_data holds a word. The BEATS words of an event come in consecutive
//                  clocks.
//   link_start     this word is the first of an event. Looked at only where link_valid is high.
//   beat           the word that came at the last edge.
//   start          high in the clock in which beat is the first word of an event that goes into the core.
//   event_valid    high in the clock in which beat is the last word of such an event, if all of it came.
//   framing_error  high for one clock after an edge at which an event is dropped. Either a word is missing in the
//                  middle of an event, or a first word comes in its place: the event that was begun is dropped. Or a
//                  first word comes less than INTERVAL clocks after the last start: its event is dropped.
//   rst            sampled at each rising edge: the event that was begun is dropped and the word at this edge ignored.
//                  High for INTERVAL edges or more, so that no event comes too close to one from before.
//
// Words behind those of an event are ignored up to the next start. Events may follow each other every INTERVAL clocks,
// which are BEATS or more.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_tmux_beats #(
    parameter W = 64,
    parameter integer BEATS = 2,
    parameter integer INTERVAL = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire link_valid,
    input  wire link_start,
    input  wire [W-1:0] link_data,
    output wire start,
    output wire [W-1:0] beat,
    output wire event_valid,
    output wire framing_error
);

  localparam COUNT_BITS = $clog2(BEATS + 1);
  localparam [COUNT_BITS-1:0] ONE = 1;
  localparam [COUNT_BITS-1:0] LAST = BEATS[COUNT_BITS-1:0] - ONE;
  localparam PAUSE_BITS = $clog2(INTERVAL);
  localparam [PAUSE_BITS-1:0] STEP = 1;
  localparam [PAUSE_BITS-1:0] LONGEST = INTERVAL[PAUSE_BITS-1:0] - STEP;

  // The number of words that this event has; 0 outside an event. The clocks in which no other may begin.
  wire [COUNT_BITS-1:0] count;
  wire [PAUSE_BITS-1:0] pause;
  wire first = link_valid && link_start;
  wire early = pause != 0;
  wire in_event = count != 0;
  wire goes_on = link_valid && !link_start;

  wire begins = first && !early;
  wire complete = in_event && goes_on && count == LAST;
  wire damaged = (in_event && !goes_on) || (first && early);
  wire [PAUSE_BITS-1:0] pause_next = begins ? LONGEST : early ? pause - STEP : pause;
  wire [COUNT_BITS-1:0] count_next =
      begins ? ONE : !in_event || !goes_on || count == LAST ? 0 : count + ONE;

  tf_register #(.W(W), .TRIPLICATED(TRIPLICATED)) word_register (.clk(clk), .d(link_data), .q(beat));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) start_register (.clk(clk), .d(begins && !rst), .q(start));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      valid_register (.clk(clk), .d(complete && !rst), .q(event_valid));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      error_register (.clk(clk), .d(damaged && !rst), .q(framing_error));
  tf_register #(.W(PAUSE_BITS), .TRIPLICATED(TRIPLICATED))
      pause_register (.clk(clk), .d(rst ? 0 : pause_next), .q(pause));
  tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
      count_register (.clk(clk), .d(rst ? 0 : count_next), .q(count));

endmodule

`default_nettype wire
