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
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_tmux_beats #(
    parameter W = 64,
    parameter integer BEATS = 2,
    parameter integer INTERVAL = 2
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
  reg [COUNT_BITS-1:0] count;
  reg [PAUSE_BITS-1:0] pause;
  reg begun;
  reg valid;
  reg error;
  reg [W-1:0] word;
  wire first = link_valid && link_start;
  wire early = pause != 0;
  wire in_event = count != 0;
  wire goes_on = link_valid && !link_start;

  always @(posedge clk) begin
    word <= link_data;
    begun <= first && !early && !rst;
    valid <= in_event && goes_on && count == LAST && !rst;
    error <= ((in_event && !goes_on) || (first && early)) && !rst;
    if (rst) pause <= 0;
    else if (first && !early) pause <= LONGEST;
    else if (early) pause <= pause - STEP;
    if (rst) count <= 0;
    else if (first && !early) count <= ONE;
    else if (!in_event || !goes_on || count == LAST) count <= 0;
    else count <= count + ONE;
  end

  assign start = begun;
  assign beat = word;
  assign event_valid = valid;
  assign framing_error = error;

endmodule

`default_nettype wire
