// tf_sequencer: up to OBJECTS objects of an event through one core, one object every INTERVAL clocks.
//
//   in_valid, in_ready   an event is taken at each rising edge at which both are high and rst is low. in_ready is high
//                        in the last clock of the last object of the event before, so that an event of n objects
//                        keeps the sequencer busy for max(1, n) * INTERVAL clocks. It is low in the INTERVAL - 1 clocks
//                        after an edge with rst high.
//   in_count             the number of objects of the event, from 0; more than OBJECTS count as OBJECTS.
//   in_objects           the objects: object i in bits i * W_IN to i * W_IN + W_IN - 1.
//   core_object          what the core takes: object i of an event taken at edge n from edge n + i * INTERVAL to
//                        n + (i + 1) * INTERVAL. Where INTERVAL is above 1 it has one bit more, above the object: high
//                        in the first of these clocks, low in all others.
//   core_result          what the core gives after LATENCY register stages.
//   out_valid            high for one clock, after edge n + 1 + (max(1, count) - 1) * INTERVAL + LATENCY, for an event
//                        taken at edge n.
//   out_count            the number of its objects, while out_valid is high.
//   out_objects          their results while out_valid is high, object i in bits i * W_OUT to i * W_OUT + W_OUT - 1;
//                        zeros for the objects that are not there. Undefined in other clocks.
//   rst                  sampled at each rising edge: every event inside is dropped.
//
// Results come in the order of the events. There is no back-pressure at the output.
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_sequencer #(
    parameter integer OBJECTS = 16,
    parameter W_IN = 8,
    parameter W_OUT = 8,
    parameter LATENCY = 1,
    parameter COUNT_BITS = $clog2(OBJECTS + 1),
    parameter integer INTERVAL = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire in_valid,
    output wire in_ready,
    input  wire [COUNT_BITS-1:0] in_count,
    input  wire [OBJECTS*W_IN-1:0] in_objects,
    output wire [W_IN+(INTERVAL > 1 ? 1 : 0)-1:0] core_object,
    input  wire [W_OUT-1:0] core_result,
    output wire out_valid,
    output wire [COUNT_BITS-1:0] out_count,
    output wire [OBJECTS*W_OUT-1:0] out_objects
);

  localparam [COUNT_BITS-1:0] MOST = OBJECTS[COUNT_BITS-1:0];
  localparam [COUNT_BITS-1:0] ONE = 1;

  // Into the core. An event takes max(1, count) turns of INTERVAL clocks, the lowest of `waiting` goes into the core at
  // each; the one turn of an empty event carries no object.
  wire [COUNT_BITS-1:0] turns;
  wire empty;
  wire [OBJECTS*W_IN-1:0] waiting;
  wire last_turn = turns == ONE;
  wire take = in_valid && in_ready;
  wire more = {1'b0, in_count} > {1'b0, MOST};
  wire first_clock;
  wire last_clock;
  wire begins = turns != 0 && first_clock;

  assign in_ready = (turns == 0 || last_turn) && last_clock;

  generate
    if (INTERVAL == 1) begin : quick
      assign first_clock = 1'b1;
      assign last_clock  = 1'b1;
      assign core_object = waiting[W_IN-1:0];
    end else begin : slow
      localparam CLOCK_BITS = $clog2(INTERVAL);
      localparam [CLOCK_BITS-1:0] STEP = 1;
      localparam [CLOCK_BITS-1:0] LONGEST = INTERVAL[CLOCK_BITS-1:0] - STEP;
      wire [CLOCK_BITS-1:0] clocks;
      wire goes_on = take || (turns != 0 && !last_turn);
      wire [CLOCK_BITS-1:0] clocks_next = !last_clock ? clocks - STEP : goes_on ? LONGEST : clocks;
      tf_register #(.W(CLOCK_BITS), .TRIPLICATED(TRIPLICATED))
          clocks_register (.clk(clk), .d(rst ? LONGEST : clocks_next), .q(clocks));
      assign first_clock = clocks == LONGEST;
      assign last_clock  = clocks == 0;
      assign core_object = {begins, waiting[W_IN-1:0]};
    end
  endgenerate

  wire [COUNT_BITS-1:0] taken = in_count == 0 ? ONE : more ? MOST : in_count;
  wire [COUNT_BITS-1:0] turns_next = take ? taken : turns != 0 && last_clock ? turns - ONE : turns;
  wire [OBJECTS*W_IN-1:0] waiting_next = take ? in_objects : last_clock ? waiting >> W_IN : waiting;
  tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
      turns_register (.clk(clk), .d(rst ? 0 : turns_next), .q(turns));
  tf_register #(.W(OBJECTS * W_IN), .TRIPLICATED(TRIPLICATED))
      waiting_register (.clk(clk), .d(waiting_next), .q(waiting));
  tf_hold #(.W(1), .TRIPLICATED(TRIPLICATED))
      empty_register (.clk(clk), .load(take), .d(in_count == 0), .q(empty));

  // Beside the core.
  wire result_turn;
  wire result_last;
  wire result_empty;
  tf_valid_pipeline #(.LATENCY(LATENCY), .TRIPLICATED(TRIPLICATED)) flight_turn (
      .clk(clk), .rst(rst), .in_valid(begins), .out_valid(result_turn)
  );
  tf_valid_pipeline #(.LATENCY(LATENCY), .TRIPLICATED(TRIPLICATED)) flight_last (
      .clk(clk), .rst(rst), .in_valid(begins && last_turn), .out_valid(result_last)
  );
  tf_valid_pipeline #(.LATENCY(LATENCY), .TRIPLICATED(TRIPLICATED)) flight_empty (
      .clk(clk), .rst(rst), .in_valid(empty), .out_valid(result_empty)
  );

  // Out of the core.
  wire [COUNT_BITS-1:0] collected;
  wire [COUNT_BITS-1:0] collected_next = result_turn ? collected + ONE : collected;
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      valid_register (.clk(clk), .d(result_last && !rst), .q(out_valid));
  tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
      count_register (.clk(clk), .d(result_empty ? collected : collected + ONE), .q(out_count));
  tf_register #(.W(COUNT_BITS), .TRIPLICATED(TRIPLICATED))
      collected_register (.clk(clk), .d(rst || result_last ? 0 : collected_next), .q(collected));

  genvar i;
  generate
    for (i = 0; i < OBJECTS; i = i + 1) begin : place
      wire [W_OUT-1:0] result;
      wire own = result_turn && collected == i && !result_empty;
      wire zero = result_turn && collected == 0;
      tf_register #(.W(W_OUT), .TRIPLICATED(TRIPLICATED))
          result_register (.clk(clk), .d(own ? core_result : zero ? {W_OUT{1'b0}} : result), .q(result));
      assign out_objects[i*W_OUT+:W_OUT] = result;
    end
  endgenerate

endmodule

`default_nettype wire
