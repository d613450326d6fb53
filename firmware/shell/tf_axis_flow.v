// tf_axis_flow: AXI4-Stream in front of and behind a core that cannot wait.
//
// The core takes s_axis_tdata in the clock of a transfer and gives core_result after LATENCY register stages. Results
// stand in a FIFO of 2^k >= LATENCY + 2 words until the sink takes them. An event is let in only when a word for its
// result is reserved, so nothing is ever lost, and with a sink that is always ready an event passes at every clock.
//
//   s_axis_tvalid, s_axis_tready   a transfer at each rising edge at which both are high and aresetn is high.
//                                  s_axis_tready comes from a register, and is low after an edge with aresetn low.
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
    parameter W = 8
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

  localparam ADDRESS_BITS = $clog2(LATENCY + 2);
  localparam DEPTH = 1 << ADDRESS_BITS;
  localparam [ADDRESS_BITS:0] ALL = {1'b1, {ADDRESS_BITS{1'b0}}};
  localparam [ADDRESS_BITS:0] ONE = {{ADDRESS_BITS{1'b0}}, 1'b1};

  // Words reserved: events that were let in and whose results have not left.
  reg [ADDRESS_BITS:0] reserved;
  reg ready;
  wire enter = s_axis_tvalid && s_axis_tready;
  wire leave = m_axis_tvalid && m_axis_tready;
  wire [ADDRESS_BITS:0] reserved_next = reserved + (enter ? ONE : 0) - (leave ? ONE : 0);

  always @(posedge aclk) begin
    if (!aresetn) begin
      reserved <= 0;
      ready <= 1'b0;
    end else begin
      reserved <= reserved_next;
      ready <= reserved_next != ALL;
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
