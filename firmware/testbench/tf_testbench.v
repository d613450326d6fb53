// tf_testbench: drives a core inside its `valid` shell with the events of a file, and compares what comes out.
//
// inputs.hex and outputs.hex hold one event a line, all ports side by side, first port lowest, as one hexadecimal
// number without prefix. All events pass, a new one every INTERVAL clocks; then some are sent and lost to a reset in
// mid-stream, together with those offered while rst is high; then all pass again with gaps, in which the inputs carry
// other values. out_valid must be high LATENCY edges after an event goes in, and at no other time. No two clocks with
// in_valid high are closer than INTERVAL, whatever rst is: the shell relies on it.
//
// Prints `PASS n events` and finishes, or `FAIL ...` and ends with $fatal. `registers` holds the first line all the
// time: register inputs stay what they are in the first event.
//
// Run with verilator --binary --timing, or with xsim after xvlog --sv.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_testbench #(
    parameter IN_BITS = 8,
    parameter OUT_BITS = 8,
    parameter LATENCY = 1,
    parameter INTERVAL = 1,
    parameter MAX_EVENTS = 65536,
    parameter INPUTS = "inputs.hex",
    parameter OUTPUTS = "outputs.hex"
) (
    output reg clk,
    output reg rst,
    output reg in_valid,
    output reg [IN_BITS-1:0] in_data,
    output wire [IN_BITS-1:0] registers,
    input  wire out_valid,
    input  wire [OUT_BITS-1:0] out_data
);

  reg [IN_BITS-1:0] inputs[0:MAX_EVENTS-1];
  reg [OUT_BITS-1:0] outputs[0:MAX_EVENTS-1];
  integer events;
  integer expected_events;
  integer number;
  integer gap;
  reg [15:0] noise;
  reg checking;

  assign registers = inputs[0];

  // The event on the inputs, and the numbers of those inside the core; the oldest is due now.
  reg [31:0] sent;
  reg [LATENCY:0] flight;
  reg [32*(LATENCY+1)-1:0] flight_numbers;
  wire accepted = in_valid && !rst;
  wire [LATENCY:0] flight_now = (flight << 1) | {{LATENCY{1'b0}}, accepted};
  wire [32*(LATENCY+1)-1:0] numbers_now = (flight_numbers << 32) | {{(32 * LATENCY) {1'b0}}, sent};
  wire due = flight_now[LATENCY];
  wire [31:0] due_number = numbers_now[32*LATENCY+:32];

  initial clk = 1'b0;
  always #2 clk = !clk;

  always @(posedge clk) begin
    flight <= rst ? {(LATENCY + 1) {1'b0}} : flight_now;
    flight_numbers <= numbers_now;
    if (checking && due && out_valid !== 1'b1) begin
      $display("FAIL event %0d: out_valid is low, expected %0d edges after the event", due_number, LATENCY);
      $fatal;
    end
    if (checking && !due && out_valid !== 1'b0) begin
      $display("FAIL out_valid is high where no event is due");
      $fatal;
    end
    if (checking && due && out_data !== outputs[due_number]) begin
      $display("FAIL event %0d: got %h expected %h", due_number, out_data, outputs[due_number]);
      $fatal;
    end
  end

  // The number of lines of a file.
  task count_lines(input integer file, output integer lines);
    integer character;
    begin
      lines = 0;
      character = $fgetc(file);
      while (character != -1) begin
        if (character == 10) lines = lines + 1;
        character = $fgetc(file);
      end
      $fclose(file);
    end
  endtask

  task load;
    begin
      count_lines($fopen(INPUTS, "r"), events);
      count_lines($fopen(OUTPUTS, "r"), expected_events);
      if (events == 0 || events > MAX_EVENTS || expected_events != events) begin
        $display("FAIL %0d lines of inputs and %0d of outputs, expected as many of each, from 1 to MAX_EVENTS = %0d",
                 events, expected_events, MAX_EVENTS);
        $fatal;
      end
      $readmemh(INPUTS, inputs, 0, events - 1);
      $readmemh(OUTPUTS, outputs, 0, events - 1);
    end
  endtask

  // Inputs change at the falling edge, so that no simulator can read them too early or too late.
  task idle(input integer clocks);
    begin
      in_valid = 1'b0;
      repeat (clocks) begin
        in_data = ~in_data;
        @(negedge clk);
      end
    end
  endtask

  task send(input integer which);
    begin
      idle(INTERVAL - 1);
      in_valid = 1'b1;
      in_data = inputs[which];
      sent = which;
      @(negedge clk);
    end
  endtask

  task reset;
    begin
      rst = 1'b1;
      send(0);
      send(events - 1);
      rst = 1'b0;
    end
  endtask

  initial begin
    load;
    noise = 16'hace1;
    checking = 1'b0;
    reset;
    checking = 1'b1;
    for (number = 0; number < events; number = number + 1) send(number);
    idle(LATENCY + 2);

    for (number = 0; number < events && number <= LATENCY; number = number + 1) send(number);
    reset;
    idle(LATENCY + 2);

    for (number = 0; number < events; number = number + 1) begin
      noise = {noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]};
      gap   = noise[1:0] == 0 ? {29'b0, noise[4:2]} : 0;
      idle(gap);
      send(number);
    end
    idle(LATENCY + 2);

    $display("PASS %0d events", events);
    $finish;
  end

endmodule

`default_nettype wire
