// tf_i2c: an I2C target (NXP UM10204, standard and fast mode, no clock stretching) in front of a bus of words.
//
// Write: START, ADDRESS with W, the address of a word in bytes, then bytes, lowest first; after each fourth one the
// word is written to that address. The address stays, so that a whole image goes to one address in one transfer.
// Read: the same up to the address, a repeated START, ADDRESS with R, then bytes of that word, lowest first; the word
// is looked up anew after each fourth. An address that the bus does not know is not acknowledged. Bytes of a word
// that a STOP or START leaves unfinished are dropped.
//
//   scl, sda   the lines, which may change at any time: they go through two registers, and a level counts when three
//              clocks in a row see it. clk is 20 times the clock of the lines or more
//   sda_low    pull sda to 0 (an open drain: sda is released where this is low)
//   bus_write, bus_address, bus_data, bus_read_data, bus_known   as tf_register_file has them
//   rst        sampled at each rising edge: wait for a START
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_i2c #(
    parameter [6:0] ADDRESS = 7'h40
) (
    input  wire clk,
    input  wire rst,
    input  wire scl,
    input  wire sda,
    output reg  sda_low,
    output reg  bus_write,
    output reg  [4:0] bus_address,
    output reg  [31:0] bus_data,
    input  wire [31:0] bus_read_data,
    input  wire bus_known
);

  // Levels that three clocks in a row agree on.
  reg [4:0] scl_seen;
  reg [4:0] sda_seen;
  reg scl_now, sda_now, scl_before, sda_before;
  always @(posedge clk) begin
    scl_seen <= {scl_seen[3:0], scl};
    sda_seen <= {sda_seen[3:0], sda};
    if (rst) begin
      scl_now <= 1'b1;
      sda_now <= 1'b1;
    end else begin
      if (&scl_seen[4:2]) scl_now <= 1'b1;
      if (~|scl_seen[4:2]) scl_now <= 1'b0;
      if (&sda_seen[4:2]) sda_now <= 1'b1;
      if (~|sda_seen[4:2]) sda_now <= 1'b0;
    end
    scl_before <= rst ? 1'b1 : scl_now;
    sda_before <= rst ? 1'b1 : sda_now;
  end
  wire rises = scl_now && !scl_before;
  wire falls = !scl_now && scl_before;
  wire starts = scl_now && scl_before && !sda_now && sda_before;
  wire stops = scl_now && scl_before && sda_now && !sda_before;

  localparam [2:0] IDLE = 3'd0, SELECTION = 3'd1, POINTER = 3'd2, TAKING = 3'd3, GIVING = 3'd4;
  reg [2:0] state;
  reg [3:0] bits;
  reg acknowledged;
  reg [6:0] byte_in;
  reg [1:0] part;
  reg [31:0] word;
  reg reads;
  reg refused;
  wire [7:0] whole = {byte_in, sda_now};
  wire [31:0] following = part == 2'd3 ? bus_read_data : {8'd0, word[31:8]};

  always @(posedge clk) begin
    bus_write <= 1'b0;
    if (rst || stops) begin
      state <= IDLE;
      sda_low <= 1'b0;
    end else if (starts) begin
      state <= SELECTION;
      sda_low <= 1'b0;
      bits <= 4'd0;
      acknowledged <= 1'b0;
      part <= 2'd0;
    end else if (state != IDLE && rises) begin
      // Bits 0 to 7 are the byte, bit 8 is its acknowledgement.
      bits <= bits == 4'd8 ? 4'd0 : bits + 4'd1;
      acknowledged <= bits == 4'd8;
      if (bits != 4'd8) byte_in <= whole[6:0];
      if (bits == 4'd7) begin
        case (state)
          SELECTION: begin
            refused <= whole[7:1] != ADDRESS;
            reads <= whole[0];
          end
          POINTER: begin
            bus_address <= whole[4:0];
            refused <= whole[7:5] != 3'd0;
          end
          TAKING: word <= {whole, word[31:8]};
          default: ;
        endcase
      end
      if (bits == 4'd8 && state == GIVING && sda_now) state <= IDLE;
    end else if (state != IDLE && falls) begin
      if (bits == 4'd8) begin
        // The byte is whole: acknowledge it, or let the controller do so.
        sda_low <= state != GIVING;
        if (state != GIVING && (refused || state == POINTER && !bus_known)) begin
          sda_low <= 1'b0;
          state <= IDLE;
        end
      end else if (acknowledged) begin
        acknowledged <= 1'b0;
        sda_low <= 1'b0;
        case (state)
          SELECTION: begin
            state <= reads ? GIVING : POINTER;
            if (reads) begin
              word <= bus_read_data;
              sda_low <= !bus_read_data[7];
            end
          end
          POINTER: state <= TAKING;
          TAKING: begin
            part <= part + 2'd1;
            if (part == 2'd3) begin
              bus_data <= word;
              bus_write <= 1'b1;
            end
          end
          GIVING: begin
            part <= part + 2'd1;
            word <= following;
            sda_low <= !following[7];
          end
          default: ;
        endcase
      end else if (state == GIVING) begin
        sda_low <= !word[{2'd0, 3'd7 - bits[2:0]}];
      end
    end
  end

endmodule

`default_nettype wire
