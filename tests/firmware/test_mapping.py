"""What yosys maps the cells to: an adder has no bits where its operands do not meet."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

# name: the cell, its parameters and the LUTs and carry blocks of four bits that it may cost at most
BUDGETS = {
    "overlap_of_4": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 13}, 9, 3),
    "unsigned": ("tf_add", {"WA": 8, "SIGNED_A": 0, "WB": 8, "SIGNED_B": 0, "SHIFT_B": 4, "WY": 13}, 9, 3),
    "cut_at_12": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 12}, 8, 2),
    "wider_than_exact": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 30}, 9, 3),
    "side_by_side": ("tf_add", {"WA": 8, "SIGNED_A": 0, "WB": 8, "SHIFT_B": 8, "WY": 16}, 0, 0),
    "subtrahend_above": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 13, "SUBTRACT": 1}, 9, 3),
    "subtrahend_below": ("tf_add", {"WA": 8, "SHIFT_A": 4, "WB": 8, "WY": 13, "SUBTRACT": 1}, 13, 4),
    "relu": ("tf_relu", {"WX": 8, "WY": 7}, 7, 0),
    "select": ("tf_select", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 12}, 12, 0),
    "saturate": ("tf_saturate", {"WX": 12, "WY": 8}, 8, 0),
}
MAP = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.stdin.read().splitlines():
    libyosys.run_pass(command, design)
"""


@pytest.fixture(scope="module")
def mapped(firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """The primitives of every module of BUDGETS, by name."""
    if importlib.util.find_spec("pyosys") is None:
        pytest.skip("needs pyosys")
    folder = tmp_path_factory.mktemp("mapping")
    commands: list[str] = []
    for name, (cell, parameters, _, _) in BUDGETS.items():
        values = " ".join(f"-set {key} {value}" for key, value in parameters.items())
        commands += [
            f"read_verilog {firmware / 'cells' / cell}.v",
            f"chparam {values} {cell}",
            f"rename {cell} {name}",
        ]
    kept = "".join(f"(* keep *) {name} kept_{name} ();" for name in BUDGETS)
    (folder / "top.v").write_text(f"module top; {kept} endmodule")
    commands += [
        "read_verilog top.v",
        "synth_xilinx -top top -family xcup -nodsp -noiopad -noclkbuf -run begin:check",
        "tee -o stat.json stat -json",
    ]
    subprocess.run(
        [sys.executable, "-c", MAP],
        cwd=folder,
        input="\n".join(commands),
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    modules = json.loads((folder / "stat.json").read_text())["modules"]
    return {name.removeprefix("\\"): module["num_cells_by_type"] for name, module in modules.items()}


@pytest.mark.parametrize("name", BUDGETS)
def test_a_cell_costs_no_more_than_its_operands_overlap(name: str, mapped: dict[str, dict[str, int]]) -> None:
    _, _, luts, carries = BUDGETS[name]
    cells = mapped[name]
    assert sum(count for kind, count in cells.items() if kind.startswith("LUT") or kind == "INV") <= luts, cells
    assert cells.get("CARRY4", 0) <= carries, cells
