"""Products after mapping, proved equal to Verilog's own for all inputs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from tests.toolchain.pyosys_process import needs_pyosys, run_script

WIDTHS = ((3, 2, 5), (2, 5, 7), (3, 6, 9), (4, 4, 5), (5, 4, 9))
"""of a, of b and of the part of the product that is wanted"""
PROVE = """
import sys
from pyosys import libyosys
from trigforge.toolchain.yosys_worker import ADDERS, map_design

design = libyosys.Design()


def run(command):
    libyosys.run_pass(command, design)


run("read_verilog +/xilinx/cells_sim.v")
run("proc")
run("design -stash library")
for number in range(int(sys.argv[1])):
    run(f"read_verilog gold{number}.v")
    run("proc")
    run("design -stash gold")
    map_design(design, "gate", [f"gate{number}.v", *sys.argv[2:]], adders=str(ADDERS), dsp=False)
    run("setattr -mod -unset keep_hierarchy *")
    run("flatten")
    run("design -copy-from library *")
    run("hierarchy -check -top gate")
    run("flatten")
    run("opt_clean")
    run("design -copy-from gold gold")
    run("miter -equiv -flatten -make_assert gold gate miter")
    run("sat -verify -prove-asserts miter")
    run("design -reset")
"""

pytestmark = needs_pyosys


def test_a_mapped_product_is_the_product_for_all_inputs(repository: Path, tmp_path: Path) -> None:
    number = 0
    for (a, b, y), signed_a, signed_b in product(WIDTHS, (0, 1), (0, 1)):
        ports = f"(input [{a - 1}:0] a, input [{b - 1}:0] b, output [{y - 1}:0] y);"
        wide = [
            f"{{{{{y}{{1'b{sign} & {x}[{n - 1}]}}}}, {x}}}" for x, n, sign in (("a", a, signed_a), ("b", b, signed_b))
        ]
        (tmp_path / f"gold{number}.v").write_text(f"module gold {ports} assign y = {wide[0]} * {wide[1]}; endmodule\n")
        sizes = f".WA({a}), .SIGNED_A({signed_a}), .WB({b}), .SIGNED_B({signed_b}), .WY({y})"
        cell = f"tf_multiply #({sizes}) multiply (.a(a), .b(b), .y(y));"
        (tmp_path / f"gate{number}.v").write_text(f"module gate {ports} {cell} endmodule\n")
        number += 1
    cells = sorted((repository / "firmware" / "cells").glob("*.v"))
    found = run_script(PROVE, str(number), *cells, folder=tmp_path)
    assert found.count("SAT proof finished - no model found: SUCCESS!") == number
