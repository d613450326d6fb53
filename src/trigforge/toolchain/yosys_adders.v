// Maps each adder and subtractor by itself. Yosys would else merge adders that follow each other into carry-save trees,
// which take more LUTs and longer paths here, see docs/estimates.md. A map of Yosys' command techmap.
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
