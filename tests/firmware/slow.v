// slow: what `tiny` computes, one element after the other: a core that takes an event every INTERVAL clocks, 2 to 31, and
// gives its result LATENCY clocks later, INTERVAL + 1 or more. `start` is high where an event is on the inputs. One that
// comes too early damages both: the first is cut short, and the second is read wrong.
`default_nettype none

module slow #(
    parameter integer INTERVAL = 2,
    parameter LATENCY = 3
) (
    input  wire clk,
    input  wire start,
    input  wire [69:0] x_in,
    input  wire [7:0] w_in,
    input  wire flag_in,
    output wire [74:0] y_out,
    output wire ok_out
);

  reg [70:0] held;
  reg [4:0] clocks;  // until the event is done
  initial clocks = 0;
  reg [75:0] result;
  wire [14:0] w = {{7{w_in[7]}}, w_in};

  always @(posedge clk) begin
    if (start) held <= clocks <= 1 ? {flag_in, x_in} : ~{flag_in, x_in};
    if (start) clocks <= INTERVAL[4:0];
    else if (clocks != 0) clocks <= clocks - 1;
  end

  // The first element is done in the first clock, the last one in the last.
  genvar i;
  generate
    for (i = 0; i < 5; i = i + 1) begin : element
      localparam integer LEFT = INTERVAL - i * (INTERVAL - 1) / 4;
      wire [14:0] x = {held[14*i+13], held[14*i+:14]};
      always @(posedge clk) if (clocks == LEFT[4:0]) result[15*i+:15] <= x + w;
    end
  endgenerate
  always @(posedge clk) if (clocks == 1) result[75] <= held[70] && $signed(held[13:0]) >= $signed(held[27:14]);

  tf_delay #(.W(76), .CYCLES(LATENCY - INTERVAL - 1)) registers (.clk(clk), .d(result), .q({ok_out, y_out}));

endmodule

`default_nettype wire
