"""The form in which Yosys maps sums of three operands: proved equal to the plain sum, with one LUT a bit."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from tests.toolchain.pyosys_process import MAP_TOP, needs_pyosys, run_script
from trigforge.toolchain.yosys_worker import ADDERS

WIDTHS = (*range(1, 13), 16, 24, 32)
PROVE = """
from pyosys import libyosys
libyosys.run_pass("script prove.ys", libyosys.Design())
"""

pytestmark = needs_pyosys


def sum_of(width: int, subtracted: int) -> str:
    """A module ``top`` that is one sum."""
    ports = f"(input [{width - 1}:0] a, b, c, output [{width - 1}:0] y);"
    cell = f"tf_sum_three #(.W({width}), .SUBTRACTED({subtracted})) sum (.a(a), .b(b), .c(c), .y(y));"
    return f"module top {ports} {cell} endmodule"


@pytest.mark.parametrize("subtracted", [0, 1, 2])
def test_the_mapped_form_is_the_sum_for_all_inputs(subtracted: int, repository: Path, tmp_path: Path) -> None:
    cell = repository / "firmware" / "cells" / "tf_sum_three.v"
    commands = ["read_verilog +/xilinx/cells_sim.v", "proc", "design -stash library"]
    for width in WIDTHS:
        (tmp_path / f"top{width}.v").write_text(sum_of(width, subtracted))
        commands += [
            f"read_verilog {cell}",
            f"read_verilog top{width}.v",
            "hierarchy -check -top top",
            "proc",
            "flatten",
            "design -stash gold",
            f"read_verilog -lib {cell}",
            f"read_verilog top{width}.v",
            "hierarchy -check -top top",
            f"techmap -map {ADDERS}",
            "design -copy-from library *",
            "hierarchy -check -top top",
            "proc",
            "flatten",
            "opt_clean",
            "design -stash gate",
            "design -copy-from gold -as gold top",
            "design -copy-from gate -as gate top",
            "miter -equiv -flatten -make_assert gold gate miter",
            "sat -verify -prove-asserts miter",
            "design -reset",
        ]
    (tmp_path / "prove.ys").write_text("\n".join(commands) + "\n")
    found = run_script(PROVE, folder=tmp_path)
    assert found.count("SAT proof finished - no model found: SUCCESS!") == len(WIDTHS)


@pytest.mark.parametrize(("width", "subtracted"), [*product((1, 4, 9, 17), (0, 1, 2))])
def test_a_bit_takes_one_table(width: int, subtracted: int, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "top.v").write_text(sum_of(width, subtracted))
    run_script(MAP_TOP, repository / "firmware" / "cells" / "tf_sum_three.v", folder=tmp_path)
    cells = json.loads((tmp_path / "stat.json").read_text())["design"]["num_cells_by_type"]
    assert cells == {"LUT6_2": width, "CARRY4": -(-width // 4)}
