// tiny: a core for tests, of three cells: y = x + w element by element, ok = flag and (x[0] >= x[1]), LATENCY cycles later.
`default_nettype none

module tiny #(
    parameter LATENCY = 3
) (
    input  wire clk,
    input  wire [69:0] x_in,
    input  wire [7:0] w_in,
    input  wire flag_in,
    output wire [74:0] y_out,
    output wire ok_out
);

  wire [74:0] y;
  wire at_least;
  genvar i;
  generate
    for (i = 0; i < 5; i = i + 1) begin : element
      tf_add #(.WA(14), .WB(8), .WY(15)) adder (.a(x_in[14*i+:14]), .b(w_in), .y(y[15*i+:15]));
    end
  endgenerate
  tf_at_least #(.WA(14), .WB(14)) comparison (.a(x_in[13:0]), .b(x_in[27:14]), .y(at_least));
  tf_delay #(.W(76), .CYCLES(LATENCY)) registers (.clk(clk), .d({flag_in && at_least, y}), .q({ok_out, y_out}));

endmodule

`default_nettype wire
