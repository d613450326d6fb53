"""The form in which Yosys maps sums of three operands: proved equal to the plain sum, with one LUT a bit."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from trigforge.toolchain.yosys_worker import ADDERS

WIDTHS = (*range(1, 13), 16, 24, 32)
RUN = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.stdin.read().splitlines():
    libyosys.run_pass(command, design)
"""

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pyosys") is None, reason="needs pyosys")


def run(commands: list[str], folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, input="\n".join(commands), text=True, capture_output=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("subtracted", [0, 1, 2])
def test_the_mapped_form_is_the_sum_for_all_inputs(subtracted: int, repository: Path, tmp_path: Path) -> None:
    cell = repository / "firmware" / "cells" / "tf_sum_three.v"
    commands = ["read_verilog +/xilinx/cells_sim.v", "proc", "design -stash library"]
    for width in WIDTHS:
        ports = f"(input [{width - 1}:0] a, b, c, output [{width - 1}:0] y);"
        top = f"tf_sum_three #(.W({width}), .SUBTRACTED({subtracted})) sum (.a(a), .b(b), .c(c), .y(y));"
        (tmp_path / f"top{width}.v").write_text(f"module top {ports} {top} endmodule")
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
    run(commands, tmp_path)


@pytest.mark.parametrize(("width", "subtracted"), [*product((1, 4, 9, 17), (0, 1, 2))])
def test_a_bit_takes_one_table(width: int, subtracted: int, repository: Path, tmp_path: Path) -> None:
    ports = f"(input [{width - 1}:0] a, b, c, output [{width - 1}:0] y);"
    cell = f"tf_sum_three #(.W({width}), .SUBTRACTED({subtracted})) sum (.a(a), .b(b), .c(c), .y(y));"
    (tmp_path / "top.v").write_text(f"module top {ports} {cell} endmodule")
    synthesize = "synth_xilinx -family xcup -noiopad -noclkbuf -flatten -top top"
    commands = [
        f"read_verilog -lib {repository / 'firmware' / 'cells' / 'tf_sum_three.v'}",
        "read_verilog top.v",
        "read_verilog -lib -specify +/xilinx/cells_sim.v",
        "hierarchy -check -top top",
        f"{synthesize} -run prepare:coarse",
        f"{synthesize} -run coarse:",
        f"techmap -map {ADDERS}",
        "opt_clean",
        "tee -q -o stat.json stat -json",
    ]
    run(commands, tmp_path)
    cells = json.loads((tmp_path / "stat.json").read_text())["design"]["num_cells_by_type"]
    assert cells == {"LUT6_2": width, "CARRY4": -(-width // 4)}
