// The peer's module of three operands in our form: one carry chain, one LUT6_2 a bit (tf_add_three).
//
// It stands in the place of the peer's own file: the same name, order of parameters and ports, and sum, compared in
// simulation for every network. Operands that are subtracted come last.
//
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module ternary_adder #(
    parameter W0 = 32,
    parameter SIGNED0 = 0,
    parameter SUBTRACT0 = 0,
    parameter SHIFT0 = 0,
    parameter W1 = 32,
    parameter SIGNED1 = 0,
    parameter SUBTRACT1 = 0,
    parameter SHIFT1 = 0,
    parameter W2 = 32,
    parameter SIGNED2 = 0,
    parameter SUBTRACT2 = 0,
    parameter SHIFT2 = 0,
    parameter W_OUT = 32,
    parameter DROPPED = 0
) (
    input  wire [W0-1:0] a,
    input  wire [W1-1:0] b,
    input  wire [W2-1:0] c,
    output wire [W_OUT-1:0] sum
);

  localparam WY = W_OUT + DROPPED;
  localparam SUBTRACTED = SUBTRACT0 + SUBTRACT1 + SUBTRACT2;
  wire [WY-1:0] y;
  assign sum = y[WY-1:DROPPED];

  generate
    if (SUBTRACTED == 3) begin : refused
      three_operands_are_subtracted none ();
    end else if (SUBTRACT0 == 0 && (SUBTRACT1 == 0 || SUBTRACT2 == 1)) begin : order_012
      tf_add_three #(.WA(W0), .SIGNED_A(SIGNED0), .SHIFT_A(SHIFT0), .WB(W1), .SIGNED_B(SIGNED1),
          .SHIFT_B(SHIFT1), .WC(W2), .SIGNED_C(SIGNED2), .SHIFT_C(SHIFT2), .SUBTRACTED(SUBTRACTED), .WY(WY)
      ) three (.a(a), .b(b), .c(c), .y(y));
    end else if (SUBTRACT0 == 0) begin : order_021
      tf_add_three #(.WA(W0), .SIGNED_A(SIGNED0), .SHIFT_A(SHIFT0), .WB(W2), .SIGNED_B(SIGNED2),
          .SHIFT_B(SHIFT2), .WC(W1), .SIGNED_C(SIGNED1), .SHIFT_C(SHIFT1), .SUBTRACTED(SUBTRACTED), .WY(WY)
      ) three (.a(a), .b(c), .c(b), .y(y));
    end else if (SUBTRACT1 == 0 && SUBTRACT2 == 0) begin : order_120
      tf_add_three #(.WA(W1), .SIGNED_A(SIGNED1), .SHIFT_A(SHIFT1), .WB(W2), .SIGNED_B(SIGNED2),
          .SHIFT_B(SHIFT2), .WC(W0), .SIGNED_C(SIGNED0), .SHIFT_C(SHIFT0), .SUBTRACTED(SUBTRACTED), .WY(WY)
      ) three (.a(b), .b(c), .c(a), .y(y));
    end else if (SUBTRACT1 == 0) begin : order_102
      tf_add_three #(.WA(W1), .SIGNED_A(SIGNED1), .SHIFT_A(SHIFT1), .WB(W0), .SIGNED_B(SIGNED0),
          .SHIFT_B(SHIFT0), .WC(W2), .SIGNED_C(SIGNED2), .SHIFT_C(SHIFT2), .SUBTRACTED(SUBTRACTED), .WY(WY)
      ) three (.a(b), .b(a), .c(c), .y(y));
    end else begin : order_201
      tf_add_three #(.WA(W2), .SIGNED_A(SIGNED2), .SHIFT_A(SHIFT2), .WB(W0), .SIGNED_B(SIGNED0),
          .SHIFT_B(SHIFT0), .WC(W1), .SIGNED_C(SIGNED1), .SHIFT_C(SHIFT1), .SUBTRACTED(SUBTRACTED), .WY(WY)
      ) three (.a(c), .b(a), .c(b), .y(y));
    end
  endgenerate

endmodule

`default_nettype wire
