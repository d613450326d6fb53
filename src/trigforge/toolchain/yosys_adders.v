// Maps of Yosys' command techmap for adders.
//
// Each adder and subtractor of two operands is mapped by itself. Yosys would else merge adders that follow each other
// into carry-save trees, which take more LUTs and longer paths here, see docs/estimates.md.
//
// SPDX-License-Identifier: Apache-2.0

(* techmap_celltype = "$add $sub" *)
module trigforge_adder (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter _TECHMAP_CELLTYPE_ = "";

  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;

  localparam SUBTRACT = _TECHMAP_CELLTYPE_ == "$sub";
  wire [Y_WIDTH-1:0] propagated, carries;

  \$alu #(
      .A_SIGNED(A_SIGNED),
      .B_SIGNED(B_SIGNED),
      .A_WIDTH(A_WIDTH),
      .B_WIDTH(B_WIDTH),
      .Y_WIDTH(Y_WIDTH)
  ) _TECHMAP_REPLACE_ (
      .A(A),
      .B(B),
      .CI(SUBTRACT),
      .BI(SUBTRACT),
      .X(propagated),
      .Y(Y),
      .CO(carries)
  );
endmodule

// a ± b ± c in one carry chain, one LUT6_2 a bit, as Vivado maps it (AMD UG574, chapter 5, ternary adders).
//
// Bit i forms a ^ b ^ c and their majority m[i+1], which goes to bit i + 1 by O5 and the fabric. O6 is the sum with
// m[i], which also is the carry's data input. An operand that is subtracted is inverted in the LUT. Each inversion owes
// 1: the first is the carry in, the second m[0].
(* techmap_celltype = "tf_sum_three" *)
module trigforge_ternary_adder (a, b, c, y);
  parameter W = 1;
  parameter SUBTRACTED = 0;

  (* force_downto *) input [W-1:0] a, b, c;
  (* force_downto *) output [W-1:0] y;

  // The table of O6 (sum) or O5 (majority) for the inputs a, b, c, m[i] and one that is free.
  function [31:0] table_of(input sum);
    integer n;
    reg q, r;
    for (n = 0; n < 32; n = n + 1) begin
      q = n[1] ^ (SUBTRACTED > 1);
      r = n[2] ^ (SUBTRACTED > 0);
      table_of[n] = sum ? n[0] ^ q ^ r ^ n[3] : (n[0] & q) | (n[0] & r) | (q & r);
    end
  endfunction

  localparam BLOCKS = (W + 3) / 4;
  wire [4*BLOCKS-1:0] propagate, data, sum;
  wire [W:0] m;
  wire [BLOCKS:0] carry;
  assign m[0] = SUBTRACTED > 1;
  assign carry[0] = SUBTRACTED > 0;
  assign y = sum[W-1:0];

  genvar i;
  generate
    for (i = 0; i < 4 * BLOCKS; i = i + 1) begin : bits
      if (i < W) begin : used
        LUT6_2 #(.INIT({table_of(1'b1), table_of(1'b0)})) lut (
            .I0(a[i]), .I1(b[i]), .I2(c[i]), .I3(m[i]), .I4(1'b0), .I5(1'b1), .O5(m[i+1]), .O6(propagate[i]));
        assign data[i] = m[i];
      end else begin : unused
        assign propagate[i] = 1'b0;
        assign data[i] = 1'b0;
      end
    end
    for (i = 0; i < BLOCKS; i = i + 1) begin : chain
      wire [3:0] out;
      CARRY4 block (
          .CI(i == 0 ? 1'b0 : carry[i]), .CYINIT(i == 0 ? carry[0] : 1'b0),
          .DI(data[4*i+:4]), .S(propagate[4*i+:4]), .O(sum[4*i+:4]), .CO(out));
      assign carry[i+1] = out[3];
    end
  endgenerate
endmodule
