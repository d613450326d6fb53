// tf_memory: 2^ADDRESS_BITS words, which synthesis puts into RAM; q is the word at read_address, in the same clock.
//
// d is written to write_address at each rising edge of clk at which write is high. With TRIPLICATED 1 three copies hold
// the words and q is their majority, bit by bit. Words are not written back: a bit that is flipped is outvoted until
// its word is written anew, so this is for words that soon are, as those of a FIFO.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_memory #(
    parameter W = 8,
    parameter ADDRESS_BITS = 1,
    parameter TRIPLICATED = 0
) (
    input  wire clk,
    input  wire write,
    input  wire [ADDRESS_BITS-1:0] write_address,
    input  wire [W-1:0] d,
    input  wire [ADDRESS_BITS-1:0] read_address,
    output wire [W-1:0] q
);

  generate
    if (TRIPLICATED == 0) begin : single
      reg [W-1:0] words[0:(1<<ADDRESS_BITS)-1];
      always @(posedge clk) begin
        if (write) words[write_address] <= d;
      end
      assign q = words[read_address];
    end else begin : triplicated
      wire [W-1:0] a;
      wire [W-1:0] b;
      wire [W-1:0] c;
      tf_memory_copy #(.W(W), .ADDRESS_BITS(ADDRESS_BITS)) copy_a
          (.clk(clk), .write(write), .write_address(write_address), .d(d), .read_address(read_address), .q(a));
      tf_memory_copy #(.W(W), .ADDRESS_BITS(ADDRESS_BITS)) copy_b
          (.clk(clk), .write(write), .write_address(write_address), .d(d), .read_address(read_address), .q(b));
      tf_memory_copy #(.W(W), .ADDRESS_BITS(ADDRESS_BITS)) copy_c
          (.clk(clk), .write(write), .write_address(write_address), .d(d), .read_address(read_address), .q(c));
      tf_vote #(.W(W)) voter (.a(a), .b(b), .c(c), .y(q));
    end
  endgenerate

endmodule

`default_nettype wire
