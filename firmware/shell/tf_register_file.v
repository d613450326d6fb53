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
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_register_file #(
    parameter integer WORDS = 1,
    parameter [31:0] MODEL = 0
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

  reg [31:0] crc;
  reg [31:0] count;
  reg [3:0] fault;
  reg writing;
  reg waits;
  reg loaded;
  reg [15:0] taken;
  reg [31:0] checksum;
  reg [31:0] next_checksum;
  reg [32*WORDS-1:0] next;
  reg [32*WORDS-1:0] active;

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

  always @(posedge clk) begin
    if (rst) begin
      crc <= 32'hFFFFFFFF;
      count <= 32'd0;
      fault <= NO_FAULT;
      writing <= 1'b1;
      waits <= 1'b0;
      loaded <= 1'b0;
      taken <= 16'd0;
      checksum <= 32'd0;
    end else begin
      if (waits && quiet) begin
        waits <= 1'b0;
        loaded <= 1'b1;
        taken <= taken + 16'd1;
        checksum <= next_checksum;
      end
      if (begins) begin
        crc <= 32'hFFFFFFFF;
        count <= 32'd0;
        fault <= NO_FAULT;
        writing <= 1'b1;
        waits <= 1'b0;
      end else if (writes) begin
        crc <= crc_after(crc, bus_data);
        count <= count + 32'd1;
        fault <= found;
        if (found != NO_FAULT || last) writing <= 1'b0;
        if (found == NO_FAULT && last) waits <= 1'b1;
      end
    end
  end

  generate
    if (WORDS == 1) begin : one
      always @(posedge clk) if (writes && in_payload) next <= bus_data;
    end else begin : many
      always @(posedge clk) if (writes && in_payload) next <= {bus_data, next[32*WORDS-1:32]};
    end
  endgenerate
  always @(posedge clk) begin
    if (writes && last) next_checksum <= bus_data;
    if (waits && quiet) active <= next;
  end

  assign registers = active;
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
