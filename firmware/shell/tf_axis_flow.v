// tf_axis_flow: AXI4-Stream in front of and behind a core that cannot wait.
//
// The core takes s_axis_tdata in the clock of a transfer and gives core_result after LATENCY register stages. Results
// stand in a FIFO until the sink takes them. An event is let in only when a word for its result is reserved, so nothing
// is ever lost. The FIFO has 2^k >= (LATENCY + 2) / INTERVAL words, and 2 or more: with a sink that is always ready an
// event passes every INTERVAL clocks.
//
//   s_axis_tvalid, s_axis_tready   a transfer at each rising edge at which both are high and aresetn is high.
//                                  s_axis_tready comes from a register, and is low after an edge with aresetn low.
//                                  For the core's sake it is also low in the INTERVAL - 1 clocks after a transfer, and
//                                  after an edge with aresetn low.
//   core_result                    what the core gives, sampled LATENCY edges after the transfer.
//   m_axis_tvalid, m_axis_tready   a transfer likewise. Once high, m_axis_tvalid stays high and m_axis_tdata stays what
//   m_axis_tdata                   it is until m_axis_tready is high at an edge. A result is offered after edge
//                                  n + LATENCY if its event was taken at edge n and no other result waits.
//   aresetn                        low at a rising edge: every event inside is dropped.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_axis_flow #(
    parameter LATENCY = 1,
    parameter W = 8,
    parameter integer INTERVAL = 1
) (
    input  wire aclk,
    input  wire aresetn,
    input  wire s_axis_tvalid,
    output wire s_axis_tready,
    input  wire [W-1:0] core_result,
    output wire m_axis_tvalid,
    input  wire m_axis_tready,
    output wire [W-1:0] m_axis_tdata
);

  localparam WORDS = (LATENCY + 1) / INTERVAL + 1;
  localparam ADDRESS_BITS = WORDS < 2 ? 1 : $clog2(WORDS);
  localparam DEPTH = 1 << ADDRESS_BITS;
  localparam [ADDRESS_BITS:0] ALL = {1'b1, {ADDRESS_BITS{1'b0}}};
  localparam [ADDRESS_BITS:0] ONE = {{ADDRESS_BITS{1'b0}}, 1'b1};

  // Words reserved: events that were let in and whose results have not left.
  reg [ADDRESS_BITS:0] reserved;
  reg ready;
  wire enter = s_axis_tvalid && s_axis_tready;
  wire leave = m_axis_tvalid && m_axis_tready;
  wire [ADDRESS_BITS:0] reserved_next = reserved + (enter ? ONE : 0) - (leave ? ONE : 0);

  // An event may enter at the edge after this one.
  wire open;
  generate
    if (INTERVAL == 1) begin : at_once
      assign open = reserved_next != ALL;
    end else begin : apart
      localparam PAUSE_BITS = $clog2(INTERVAL);
      localparam [PAUSE_BITS-1:0] STEP = 1;
      localparam [PAUSE_BITS-1:0] LONGEST = INTERVAL[PAUSE_BITS-1:0] - STEP;
      reg [PAUSE_BITS-1:0] pause;
      wire [PAUSE_BITS-1:0] pause_next = enter ? LONGEST : pause == 0 ? 0 : pause - STEP;
      always @(posedge aclk) pause <= aresetn ? pause_next : LONGEST;
      assign open = reserved_next != ALL && pause_next == 0;
    end
  endgenerate

  always @(posedge aclk) begin
    if (!aresetn) begin
      reserved <= 0;
      ready <= 1'b0;
    end else begin
      reserved <= reserved_next;
      ready <= open;
    end
  end
  assign s_axis_tready = ready;

  wire result_valid;
  tf_valid_pipeline #(
      .LATENCY(LATENCY)
  ) in_flight (
      .clk(aclk),
      .rst(!aresetn),
      .in_valid(enter),
      .out_valid(result_valid)
  );

  // The pointers count modulo 2 DEPTH, so that full and empty differ.
  reg [W-1:0] memory[0:DEPTH-1];
  reg [ADDRESS_BITS:0] written;
  reg [ADDRESS_BITS:0] read;

  always @(posedge aclk) begin
    if (result_valid) memory[written[ADDRESS_BITS-1:0]] <= core_result;
  end

  always @(posedge aclk) begin
    if (!aresetn) begin
      written <= 0;
      read <= 0;
    end else begin
      if (result_valid) written <= written + ONE;
      if (leave) read <= read + ONE;
    end
  end

  assign m_axis_tvalid = written != read;
  assign m_axis_tdata = memory[read[ADDRESS_BITS-1:0]];

endmodule

`default_nettype wire
