// tf_memory_copy: one copy of a triplicated memory of 2^ADDRESS_BITS words; q is the word at read_address.
//
// d is written to write_address at each rising edge of clk at which write is high. keep_hierarchy and dont_touch keep
// synthesis from making one of copies that hold the same (Yosys, Vivado).
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

(* keep_hierarchy = "yes", dont_touch = "true" *)
module tf_memory_copy #(
    parameter W = 8,
    parameter ADDRESS_BITS = 1
) (
    input  wire clk,
    input  wire write,
    input  wire [ADDRESS_BITS-1:0] write_address,
    input  wire [W-1:0] d,
    input  wire [ADDRESS_BITS-1:0] read_address,
    output wire [W-1:0] q
);

  reg [W-1:0] words[0:(1<<ADDRESS_BITS)-1];

  always @(posedge clk) begin
    if (write) words[write_address] <= d;
  end
  assign q = words[read_address];

endmodule

`default_nettype wire
