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
// With TRIPLICATED 1 its registers are triplicated, as tf_register says, and its FIFO as tf_memory does.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_axis_flow #(
    parameter LATENCY = 1,
    parameter W = 8,
    parameter integer INTERVAL = 1,
    parameter TRIPLICATED = 0
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
  localparam [ADDRESS_BITS:0] ALL = {1'b1, {ADDRESS_BITS{1'b0}}};
  localparam [ADDRESS_BITS:0] ONE = {{ADDRESS_BITS{1'b0}}, 1'b1};

  // Words reserved: events that were let in and whose results have not left.
  wire [ADDRESS_BITS:0] reserved;
  wire ready;
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
      wire [PAUSE_BITS-1:0] pause;
      wire [PAUSE_BITS-1:0] pause_next = enter ? LONGEST : pause == 0 ? 0 : pause - STEP;
      tf_register #(.W(PAUSE_BITS), .TRIPLICATED(TRIPLICATED))
          pause_register (.clk(aclk), .d(aresetn ? pause_next : LONGEST), .q(pause));
      assign open = reserved_next != ALL && pause_next == 0;
    end
  endgenerate

  tf_register #(.W(ADDRESS_BITS + 1), .TRIPLICATED(TRIPLICATED))
      reserved_register (.clk(aclk), .d(aresetn ? reserved_next : 0), .q(reserved));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) ready_register (.clk(aclk), .d(aresetn && open), .q(ready));
  assign s_axis_tready = ready;

  wire result_valid;
  tf_valid_pipeline #(
      .LATENCY(LATENCY),
      .TRIPLICATED(TRIPLICATED)
  ) in_flight (
      .clk(aclk),
      .rst(!aresetn),
      .in_valid(enter),
      .out_valid(result_valid)
  );

  // The pointers count modulo 2 DEPTH, so that full and empty differ.
  wire [ADDRESS_BITS:0] written;
  wire [ADDRESS_BITS:0] read;
  wire [ADDRESS_BITS:0] written_next = result_valid ? written + ONE : written;
  wire [ADDRESS_BITS:0] read_next = leave ? read + ONE : read;
  tf_register #(.W(ADDRESS_BITS + 1), .TRIPLICATED(TRIPLICATED))
      written_register (.clk(aclk), .d(aresetn ? written_next : 0), .q(written));
  tf_register #(.W(ADDRESS_BITS + 1), .TRIPLICATED(TRIPLICATED))
      read_register (.clk(aclk), .d(aresetn ? read_next : 0), .q(read));

  tf_memory #(
      .W(W),
      .ADDRESS_BITS(ADDRESS_BITS),
      .TRIPLICATED(TRIPLICATED)
  ) results (
      .clk(aclk),
      .write(result_valid),
      .write_address(written[ADDRESS_BITS-1:0]),
      .d(core_result),
      .read_address(read[ADDRESS_BITS-1:0]),
      .q(m_axis_tdata)
  );

  assign m_axis_tvalid = written != read;

endmodule

`default_nettype wire
