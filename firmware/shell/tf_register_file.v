// tf_register_file: the register inputs of a core, written as an image that is checked before it counts.
//
// An image is a sequence of words of 32 bits, all written to the address IMAGE one after the other:
//   "TFW1" (32'h31574654), MODEL, the number of payload words, the payload, and the CRC-32 (IEEE 802.3, reflected,
//   as zlib computes it) of all words before it, each taken as four bytes, lowest first.
// The payload goes into a second bank. Only when the last word has been checked does it wait to become the one that
// the core reads, and it becomes that at an edge with quiet high: between two events, all bits at once.
//
//   bus_write, bus_address, bus_data   a word is written at each rising edge with bus_write high
//   bus_read_data                      the word at bus_address, in the same clock
//   bus_known                          bus_address (in bytes) is one of those below
//     0  CONTROL   write: begin a new image; what was written of the one before is dropped. Read: STATUS
//     4  IMAGE     write: the next word of the image. Read: 0
//     8  MODEL     read: the identity that images must have. Writes are ignored
//    12  LENGTH    read: WORDS. Writes are ignored
//    16  CHECKSUM  read: the CRC of the image that the core reads; 0 where there is none. Writes are ignored
//   quiet      no event is inside the core, and none enters at this edge
//   hold       an image waits for quiet, or there was none since rst: let no event in
//   registers  the payload of the image that the core reads, first word lowest; undefined before the first one
//   rst        sampled at each rising edge: as if no image had ever been written
//
// STATUS: bit 0 the core reads an image, bit 1 an image is being written, bit 2 an image waits for quiet,
// bits 7:4 the fault of the last image (0 none, 1 no image, 2 of another model, 3 of another length, 4 wrong CRC),
// bits 31:16 the number of images that the core has read, modulo 2^16. After a fault words are ignored until CONTROL
// is written.
//
// With TRIPLICATED 1 its registers are triplicated. Both banks, what says which image is in use, and what decides that
// another one takes its place are held as tf_weight_register says, the rest as tf_register does.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_register_file #(
    parameter integer WORDS = 1,
    parameter [31:0] MODEL = 0,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire bus_write,
    input  wire [4:0] bus_address,
    input  wire [31:0] bus_data,
    output reg  [31:0] bus_read_data,
    output wire bus_known,
    input  wire quiet,
    output wire hold,
    output wire [32*WORDS-1:0] registers
);

  localparam [31:0] MAGIC = 32'h31574654;
  localparam [31:0] LENGTH = WORDS;
  localparam [4:0] CONTROL_AT = 5'd0, IMAGE_AT = 5'd4, MODEL_AT = 5'd8, LENGTH_AT = 5'd12, CHECKSUM_AT = 5'd16;
  localparam [3:0] NO_FAULT = 4'd0, NO_IMAGE = 4'd1, OTHER_MODEL = 4'd2, OTHER_LENGTH = 4'd3, WRONG_CRC = 4'd4;

  function [31:0] crc_after(input [31:0] sofar, input [31:0] word);
    integer n;
    begin
      crc_after = sofar;
      for (n = 0; n < 32; n = n + 1)
        crc_after = {1'b0, crc_after[31:1]} ^ (crc_after[0] ^ word[n] ? 32'hEDB88320 : 32'd0);
    end
  endfunction

  wire [31:0] crc;
  wire [31:0] count;
  wire [3:0] fault;
  wire writing;
  wire loaded;
  wire [15:0] taken;
  wire [31:0] checksum;
  wire [31:0] next_checksum;
  wire [32*WORDS-1:0] next;

  wire begins = bus_write && bus_address == CONTROL_AT;
  wire writes = bus_write && bus_address == IMAGE_AT && writing;
  wire in_payload = count >= 32'd3 && count < LENGTH + 32'd3;
  wire last = count == LENGTH + 32'd3;

  reg [3:0] found;
  always @* begin
    found = NO_FAULT;
    if (count == 32'd0 && bus_data != MAGIC) found = NO_IMAGE;
    if (count == 32'd1 && bus_data != MODEL) found = OTHER_MODEL;
    if (count == 32'd2 && bus_data != LENGTH) found = OTHER_LENGTH;
    if (last && bus_data != ~crc) found = WRONG_CRC;
  end

  // What lives while an image is written: where it goes wrong the CRC does not fit, and the image is not taken.
  wire ends = writes && (found != NO_FAULT || last);
  wire [31:0] crc_next = begins ? 32'hFFFFFFFF : writes ? crc_after(crc, bus_data) : crc;
  wire [31:0] count_next = begins ? 32'd0 : writes ? count + 32'd1 : count;
  wire [3:0] fault_next = begins ? NO_FAULT : writes ? found : fault;
  wire writing_next = begins ? 1'b1 : ends ? 1'b0 : writing;
  tf_register #(.W(32), .TRIPLICATED(TRIPLICATED))
      crc_register (.clk(clk), .d(rst ? 32'hFFFFFFFF : crc_next), .q(crc));
  tf_register #(.W(32), .TRIPLICATED(TRIPLICATED))
      count_register (.clk(clk), .d(rst ? 32'd0 : count_next), .q(count));
  tf_register #(.W(4), .TRIPLICATED(TRIPLICATED))
      fault_register (.clk(clk), .d(rst ? NO_FAULT : fault_next), .q(fault));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      writing_register (.clk(clk), .d(rst ? 1'b1 : writing_next), .q(writing));

  // What the bank in use depends on, and what is told of it. An image waits in a register for each copy of the bank, so
  // that a voter of one that glitches lets one copy alone take what there is.
  localparam integer COPIES = TRIPLICATED == 0 ? 1 : 3;
  wire [2:0] waiting;
  wire waits = waiting[0];
  wire checked = writes && last && found == NO_FAULT;
  wire [2:0] take = waiting & {3{quiet}};
  genvar n;
  generate
    for (n = 0; n < 3; n = n + 1) begin : wait_of
      if (n < COPIES) begin : own
        tf_weight_register #(.W(1), .TRIPLICATED(TRIPLICATED)) waits_register (
            .clk(clk),
            .clear(rst),
            .load({3{begins || checked || take[n]}}),
            .d(checked),
            .q(waiting[n])
        );
      end else begin : same
        assign waiting[n] = waiting[0];
      end
    end
  endgenerate
  tf_weight_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      loaded_register (.clk(clk), .clear(rst), .load(take), .d(1'b1), .q(loaded));
  tf_weight_register #(.W(16), .TRIPLICATED(TRIPLICATED))
      taken_register (.clk(clk), .clear(rst), .load(take), .d(taken + 16'd1), .q(taken));
  tf_weight_register #(.W(32), .TRIPLICATED(TRIPLICATED))
      checksum_register (.clk(clk), .clear(rst), .load(take), .d(next_checksum), .q(checksum));
  tf_weight_register #(.W(32), .TRIPLICATED(TRIPLICATED))
      next_checksum_register (
          .clk(clk), .clear(1'b0), .load({3{writes && last}}), .d(bus_data), .q(next_checksum)
      );

  // The banks. Words of the next one move up as they are written; triplicated each has a place of its own, so that none
  // goes through a voter before it is taken.
  generate
    for (n = 0; n < WORDS; n = n + 1) begin : word
      localparam [31:0] PLACE = n + 3;
      wire here = writes && (TRIPLICATED == 0 ? in_payload : count == PLACE);
      wire [31:0] written;
      if (TRIPLICATED == 0 && n + 1 < WORDS) begin : moved
        assign written = next[32*n+32+:32];
      end else begin : given
        assign written = bus_data;
      end
      tf_weight_register #(.W(32), .TRIPLICATED(TRIPLICATED))
          next_register (.clk(clk), .clear(1'b0), .load({3{here}}), .d(written), .q(next[32*n+:32]));
      tf_weight_register #(.W(32), .TRIPLICATED(TRIPLICATED))
          active_register (.clk(clk), .clear(1'b0), .load(take), .d(next[32*n+:32]), .q(registers[32*n+:32]));
    end
  endgenerate

  assign hold = waits || !loaded;
  assign bus_known = bus_address[1:0] == 2'b00 && bus_address <= CHECKSUM_AT;

  always @* begin
    case (bus_address)
      CONTROL_AT: bus_read_data = {taken, 8'd0, fault, 1'b0, waits, writing && count != 32'd0, loaded};
      MODEL_AT: bus_read_data = MODEL;
      LENGTH_AT: bus_read_data = LENGTH;
      CHECKSUM_AT: bus_read_data = checksum;
      default: bus_read_data = 32'd0;
    endcase
  end

endmodule

`default_nettype wire
