// tf_axi_lite: an AXI4-Lite subordinate (ARM IHI 0022) of 32 bits in front of a bus of words.
//
// One transfer at a time: a write is taken when address and data are both there, and answered in the next clock; a read
// likewise. An address that the bus does not know, and a write that is not of a whole word, is answered with SLVERR
// and changes nothing. AWPROT and ARPROT are not looked at.
//
//   bus_write, bus_address, bus_data, bus_read_data, bus_known   as tf_register_file has them
//   aresetn   low at a rising edge: no transfer is in progress from this edge on
//
// With TRIPLICATED 1 its registers are triplicated, as tf_register says.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module tf_axi_lite #(
    parameter TRIPLICATED = 0
) (
    input  wire aclk,
    input  wire aresetn,
    input  wire s_axi_awvalid,
    output wire s_axi_awready,
    input  wire [4:0] s_axi_awaddr,
    input  wire s_axi_wvalid,
    output wire s_axi_wready,
    input  wire [31:0] s_axi_wdata,
    input  wire [3:0] s_axi_wstrb,
    output wire s_axi_bvalid,
    input  wire s_axi_bready,
    output wire [1:0] s_axi_bresp,
    input  wire s_axi_arvalid,
    output wire s_axi_arready,
    input  wire [4:0] s_axi_araddr,
    output wire s_axi_rvalid,
    input  wire s_axi_rready,
    output wire [31:0] s_axi_rdata,
    output wire [1:0] s_axi_rresp,
    output wire bus_write,
    output wire [4:0] bus_address,
    output wire [31:0] bus_data,
    input  wire [31:0] bus_read_data,
    input  wire bus_known
);

  localparam [1:0] OKAY = 2'b00, SLVERR = 2'b10;

  wire written;
  wire read;
  wire can_write = aresetn && s_axi_awvalid && s_axi_wvalid && !written;
  wire can_read = aresetn && s_axi_arvalid && !read && !can_write;
  wire good = bus_known && &s_axi_wstrb;

  assign bus_address = can_write ? s_axi_awaddr : s_axi_araddr;
  assign bus_data = s_axi_wdata;
  assign bus_write = can_write && good;

  wire written_next = can_write || written && !s_axi_bready;
  wire read_next = can_read || read && !s_axi_rready;
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      written_register (.clk(aclk), .d(aresetn && written_next), .q(written));
  tf_register #(.W(1), .TRIPLICATED(TRIPLICATED))
      read_register (.clk(aclk), .d(aresetn && read_next), .q(read));
  tf_hold #(.W(2), .TRIPLICATED(TRIPLICATED))
      write_answer (.clk(aclk), .load(can_write), .d(good ? OKAY : SLVERR), .q(s_axi_bresp));
  tf_hold #(.W(2), .TRIPLICATED(TRIPLICATED))
      read_answer (.clk(aclk), .load(can_read), .d(bus_known ? OKAY : SLVERR), .q(s_axi_rresp));
  tf_hold #(.W(32), .TRIPLICATED(TRIPLICATED))
      read_data (.clk(aclk), .load(can_read), .d(bus_known ? bus_read_data : 32'd0), .q(s_axi_rdata));

  assign s_axi_awready = can_write;
  assign s_axi_wready = can_write;
  assign s_axi_bvalid = written;
  assign s_axi_arready = can_read;
  assign s_axi_rvalid = read;

endmodule

`default_nettype wire
