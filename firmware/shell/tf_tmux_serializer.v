// tf_tmux_serializer: sends an event as WORDS link words of 64 bits, first word lowest, in consecutive clocks.
//
//   event_valid  sampled at each rising edge: event_data holds an event.
//   link_valid   high in the WORDS clocks after the edge that took the event; link_data holds one word in each.
//   link_start   high with the first of them.
//   overrun      high for one clock after an edge at which an event came while words other than the last were still to
//                be sent. That event is dropped; the one that is being sent stays whole.
//   rst          sampled at each rising edge: the words that remain are dropped and the event at this edge ignored.
//
// Events may follow each other every WORDS clocks.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_tmux_serializer #(
    parameter integer WORDS = 2,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire event_valid,
    input  wire [64*WORDS-1:0] event_data,
    output wire link_valid,
    output wire link_start,
    output wire [63:0] link_data,
    output wire overrun
);

  localparam COUNT_BITS = $clog2(WORDS + 1);
  localparam [COUNT_BITS-1:0] ALL = WORDS[COUNT_BITS-1:0];
  localparam [COUNT_BITS-1:0] ONE = 1;

  // The number of words to send, the one on the link included.
  wire [COUNT_BITS-1:0] remaining;
  wire [64*WORDS-1:0] words;
  wire free = remaining == 0 || remaining == ONE;
  wire take = event_valid && free;

  wire [COUNT_BITS-1:0] remaining_next = take ? ALL : remaining != 0 ? remaining - ONE : remaining;

  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      start_register (.clk(clk), .d(take && !rst), .q(link_start));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      overrun_register (.clk(clk), .d(event_valid && !free && !rst), .q(overrun));
  tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
      remaining_register (.clk(clk), .d(rst ? 0 : remaining_next), .q(remaining));
  tf_register #(.W(64 * WORDS), .TRIPLICATED(TRIPLICATED))
      words_register (.clk(clk), .d(take ? event_data : words >> 64), .q(words));

  assign link_valid = remaining != 0;
  assign link_data = words[63:0];

endmodule

`default_nettype wire
