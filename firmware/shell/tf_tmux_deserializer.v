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
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_tmux_deserializer #(
    parameter integer WORDS = 2,
    parameter integer INTERVAL = 1
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
      reg [PAUSE_BITS-1:0] pause;
      always @(posedge clk) begin
        if (rst) pause <= 0;
        else if (event_valid) pause <= LONGEST;
        else if (pause != 0) pause <= pause - STEP;
      end
      assign early = event_valid || pause != 0;
    end

    if (WORDS == 1) begin : one
      reg valid;
      reg [63:0] word;
      always @(posedge clk) begin
        valid <= link_valid && link_start && !early && !rst;
        word <= link_data;
      end
      assign event_valid = valid;
      assign event_data = word;
      if (INTERVAL == 1) begin : sound
        assign framing_error = 1'b0;
      end else begin : checked
        reg error;
        always @(posedge clk) error <= link_valid && link_start && early && !rst;
        assign framing_error = error;
      end
    end else begin : many
      localparam COUNT_BITS = $clog2(WORDS + 1);
      localparam [COUNT_BITS-1:0] ONE = 1;
      localparam [COUNT_BITS-1:0] LAST = WORDS[COUNT_BITS-1:0] - ONE;

      // The number of words that this event has; 0 outside an event.
      reg [COUNT_BITS-1:0] count;
      reg valid;
      reg error;
      wire in_event = count != 0;
      always @(posedge clk) begin
        valid <= 1'b0;
        error <= 1'b0;
        if (rst) begin
          count <= 0;
        end else if (link_valid && link_start) begin
          count <= ONE;
          error <= in_event;
        end else if (link_valid && in_event) begin
          count <= count == LAST ? 0 : count + ONE;
          valid <= count == LAST && !early;
          error <= count == LAST && early;
        end
      end

      reg [64*WORDS-1:0] words;
      always @(posedge clk) begin
        if (link_valid) words <= {link_data, words[64*WORDS-1:64]};
      end
      assign event_valid = valid;
      assign event_data = words;
      assign framing_error = error;
    end
  endgenerate

endmodule

`default_nettype wire
