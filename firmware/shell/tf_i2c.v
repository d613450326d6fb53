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
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_i2c #(
    parameter [6:0] ADDRESS = 7'h40,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire rst,
    input  wire scl,
    input  wire sda,
    output wire sda_low,
    output wire bus_write,
    output wire [4:0] bus_address,
    output wire [31:0] bus_data,
    input  wire [31:0] bus_read_data,
    input  wire bus_known
);

  // Levels that three clocks in a row agree on.
  wire [4:0] scl_seen;
  wire [4:0] sda_seen;
  wire scl_now, sda_now, scl_before, sda_before;
  wire scl_next = &scl_seen[4:2] || |scl_seen[4:2] && scl_now;
  wire sda_next = &sda_seen[4:2] || |sda_seen[4:2] && sda_now;
  tf_register #(.W(10), .TRIPLICATED(TRIPLICATED))
      seen_register (.clk(clk), .d({scl_seen[3:0], scl, sda_seen[3:0], sda}), .q({scl_seen, sda_seen}));
  tf_register #(.W(4), .TRIPLICATED(TRIPLICATED)) level_register (
      .clk(clk),
      .d(rst ? 4'hF : {scl_next, sda_next, scl_now, sda_now}),
      .q({scl_now, sda_now, scl_before, sda_before})
  );
  wire rises = scl_now && !scl_before;
  wire falls = !scl_now && scl_before;
  wire starts = scl_now && scl_before && !sda_now && sda_before;
  wire stops = scl_now && scl_before && sda_now && !sda_before;

  localparam [2:0] IDLE = 3'd0, SELECTION = 3'd1, POINTER = 3'd2, TAKING = 3'd3, GIVING = 3'd4;
  wire [2:0] state;
  wire [3:0] bits;
  wire acknowledged;
  wire [6:0] byte_in;
  wire [1:0] part;
  wire [31:0] word;
  wire reads;
  wire refused;
  wire [7:0] whole = {byte_in, sda_now};
  wire [31:0] following = part == 2'd3 ? bus_read_data : {8'd0, word[31:8]};

  reg [2:0] state_next;
  reg [3:0] bits_next;
  reg acknowledged_next;
  reg [6:0] byte_in_next;
  reg [1:0] part_next;
  reg [31:0] word_next;
  reg reads_next;
  reg refused_next;
  reg sda_low_next;
  reg [4:0] bus_address_next;
  reg [31:0] bus_data_next;
  reg bus_write_next;
  always @* begin
    state_next = state;
    bits_next = bits;
    acknowledged_next = acknowledged;
    byte_in_next = byte_in;
    part_next = part;
    word_next = word;
    reads_next = reads;
    refused_next = refused;
    sda_low_next = sda_low;
    bus_address_next = bus_address;
    bus_data_next = bus_data;
    bus_write_next = 1'b0;
    if (rst || stops) begin
      state_next = IDLE;
      sda_low_next = 1'b0;
    end else if (starts) begin
      state_next = SELECTION;
      sda_low_next = 1'b0;
      bits_next = 4'd0;
      acknowledged_next = 1'b0;
      part_next = 2'd0;
    end else if (state != IDLE && rises) begin
      // Bits 0 to 7 are the byte, bit 8 is its acknowledgement.
      bits_next = bits == 4'd8 ? 4'd0 : bits + 4'd1;
      acknowledged_next = bits == 4'd8;
      if (bits != 4'd8) byte_in_next = whole[6:0];
      if (bits == 4'd7) begin
        case (state)
          SELECTION: begin
            refused_next = whole[7:1] != ADDRESS;
            reads_next = whole[0];
          end
          POINTER: begin
            bus_address_next = whole[4:0];
            refused_next = whole[7:5] != 3'd0;
          end
          TAKING: word_next = {whole, word[31:8]};
          default: ;
        endcase
      end
      if (bits == 4'd8 && state == GIVING && sda_now) state_next = IDLE;
    end else if (state != IDLE && falls) begin
      if (bits == 4'd8) begin
        // The byte is whole: acknowledge it, or let the controller do so.
        sda_low_next = state != GIVING;
        if (state != GIVING && (refused || state == POINTER && !bus_known)) begin
          sda_low_next = 1'b0;
          state_next = IDLE;
        end
      end else if (acknowledged) begin
        acknowledged_next = 1'b0;
        sda_low_next = 1'b0;
        case (state)
          SELECTION: begin
            state_next = reads ? GIVING : POINTER;
            if (reads) begin
              word_next = bus_read_data;
              sda_low_next = !bus_read_data[7];
            end
          end
          POINTER: state_next = TAKING;
          TAKING: begin
            part_next = part + 2'd1;
            if (part == 2'd3) begin
              bus_data_next = word;
              bus_write_next = 1'b1;
            end
          end
          GIVING: begin
            part_next = part + 2'd1;
            word_next = following;
            sda_low_next = !following[7];
          end
          default: ;
        endcase
      end else if (state == GIVING) begin
        sda_low_next = !word[{2'd0, 3'd7 - bits[2:0]}];
      end
    end
  end

  tf_register #(.W(3), .TRIPLICATED(TRIPLICATED)) state_register (.clk(clk), .d(state_next), .q(state));
  tf_register #(.W(4), .TRIPLICATED(TRIPLICATED)) bits_register (.clk(clk), .d(bits_next), .q(bits));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      acknowledged_register (.clk(clk), .d(acknowledged_next), .q(acknowledged));
  tf_register #(.W(7), .TRIPLICATED(TRIPLICATED)) byte_in_register (.clk(clk), .d(byte_in_next), .q(byte_in));
  tf_register #(.W(2), .TRIPLICATED(TRIPLICATED)) part_register (.clk(clk), .d(part_next), .q(part));
  tf_register #(.W(32), .TRIPLICATED(TRIPLICATED)) word_register (.clk(clk), .d(word_next), .q(word));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) reads_register (.clk(clk), .d(reads_next), .q(reads));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) refused_register (.clk(clk), .d(refused_next), .q(refused));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED)) sda_low_register (.clk(clk), .d(sda_low_next), .q(sda_low));
  tf_register #(.W(5), .TRIPLICATED(TRIPLICATED))
      bus_address_register (.clk(clk), .d(bus_address_next), .q(bus_address));
  tf_register #(.W(32), .TRIPLICATED(TRIPLICATED))
      bus_data_register (.clk(clk), .d(bus_data_next), .q(bus_data));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      bus_write_register (.clk(clk), .d(bus_write_next), .q(bus_write));

endmodule

`default_nettype wire
