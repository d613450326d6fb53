// tf_tmux_deserializer: an event of WORDS link words of 64 bits, side by side.
//
//   link_valid     sampled at each rising edge: link_data holds a word. Words may follow each other with gaps.
//   link_start     this word is the first of an event. Looked at only where link_valid is high.
//   event_valid    high for one clock after the edge that takes the last word of an event.
//   event_data     the event while event_valid is high, first word lowest; undefined in other clocks.
//   framing_error  high for one clock after an edge at which an event is dropped. Either the edge takes a first word in
//                  the middle of an event: the event that was begun is dropped, and the word begins a new one. Or it
//                  takes a last word less than INTERVAL clocks after that of the event before: the later is dropped.
//   rst            sampled at each rising edge: the event that was begun is dropped and the word at this edge ignored.
//                  High for INTERVAL edges or more, so that no event comes too close to one from before.
//
// Words after the last one of an event, and before the first start, are ignored. Events may follow each other every
// WORDS clocks, or INTERVAL where that is more.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_tmux_deserializer #(
    parameter integer WORDS = 2,
    parameter integer INTERVAL = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire link_valid,
    input  wire link_start,
    input  wire [63:0] link_data,
    output wire event_valid,
    output wire [64*WORDS-1:0] event_data,
    output wire framing_error
);

  // An event that is whole at this edge comes too early for the core.
  wire early;
  generate
    if (INTERVAL <= WORDS) begin : never_early
      assign early = 1'b0;
    end else begin : apart
      localparam PAUSE_BITS = $clog2(INTERVAL);
      localparam [PAUSE_BITS-1:0] STEP = 1;
      localparam [PAUSE_BITS-1:0] LONGEST = INTERVAL[PAUSE_BITS-1:0] - STEP - STEP;
      wire [PAUSE_BITS-1:0] pause;
      wire [PAUSE_BITS-1:0] pause_next = event_valid ? LONGEST : pause != 0 ? pause - STEP : pause;
      tf_register #(.W(PAUSE_BITS), .TRIPLICATED(TRIPLICATED))
          pause_register (.clk(clk), .d(rst ? 0 : pause_next), .q(pause));
      assign early = event_valid || pause != 0;
    end

    if (WORDS == 1) begin : one
      wire begins = link_valid && link_start && !rst;
      tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
          valid_register (.clk(clk), .d(begins && !early), .q(event_valid));
      tf_register #(.W(64), .TRIPLICATED(TRIPLICATED))
          words_register (.clk(clk), .d(link_data), .q(event_data));
      if (INTERVAL == 1) begin : sound
        assign framing_error = 1'b0;
      end else begin : checked
        tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
            error_register (.clk(clk), .d(begins && early), .q(framing_error));
      end
    end else begin : many
      localparam COUNT_BITS = $clog2(WORDS + 1);
      localparam [COUNT_BITS-1:0] ONE = 1;
      localparam [COUNT_BITS-1:0] LAST = WORDS[COUNT_BITS-1:0] - ONE;

      // The number of words that this event has; 0 outside an event.
      wire [COUNT_BITS-1:0] count;
      wire in_event = count != 0;
      wire begins = link_valid && link_start && !rst;
      wire goes_on = link_valid && !link_start && in_event && !rst;
      wire ends = goes_on && count == LAST;
      wire [COUNT_BITS-1:0] count_next = begins ? ONE : ends ? 0 : goes_on ? count + ONE : count;
      wire [64*WORDS-1:0] words_next = link_valid ? {link_data, event_data[64*WORDS-1:64]} : event_data;

      tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
          count_register (.clk(clk), .d(rst ? 0 : count_next), .q(count));
      tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
          valid_register (.clk(clk), .d(ends && !early), .q(event_valid));
      tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
          error_register (.clk(clk), .d(begins && in_event || ends && early), .q(framing_error));
      tf_register #(.W(64 * WORDS), .TRIPLICATED(TRIPLICATED))
          words_register (.clk(clk), .d(words_next), .q(event_data));
    end
  endgenerate

endmodule

`default_nettype wire
