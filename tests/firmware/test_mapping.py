"""What yosys maps the cells to: an adder has no bits where its operands do not meet, a product is a table or rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toolchain.pyosys_process import MAP_TOP, needs_pyosys, run_script
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.delays import cost_bits
from trigforge.rtl.gates import Multiply

pytestmark = needs_pyosys

# name: the cell, its parameters and the LUTs and carry blocks of four bits that it may cost at most
BUDGETS = {
    "overlap_of_4": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 13}, 9, 3),
    "unsigned": ("tf_add", {"WA": 8, "SIGNED_A": 0, "WB": 8, "SIGNED_B": 0, "SHIFT_B": 4, "WY": 13}, 9, 3),
    "cut_at_12": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 12}, 8, 2),
    "wider_than_exact": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 30}, 9, 3),
    "side_by_side": ("tf_add", {"WA": 8, "SIGNED_A": 0, "WB": 8, "SHIFT_B": 8, "WY": 16}, 0, 0),
    "in_the_zeros": ("tf_add", {"WA": 8, "SHIFT_A": 4, "WB": 4, "SIGNED_B": 0, "WY": 12}, 0, 0),
    "subtrahend_above": ("tf_add", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 13, "SUBTRACT": 1}, 9, 3),
    "subtrahend_below": ("tf_add", {"WA": 8, "SHIFT_A": 4, "WB": 8, "WY": 13, "SUBTRACT": 1}, 13, 4),
    "relu": ("tf_relu", {"WX": 8, "WY": 7}, 7, 0),
    "select": ("tf_select", {"WA": 8, "WB": 8, "SHIFT_B": 4, "WY": 12}, 12, 0),
    "saturate": ("tf_saturate", {"WX": 12, "WY": 8}, 8, 0),
}
# the product: its LUTs at most; a number of bits below 0 says that an operand is signed
PRODUCTS = {
    (2, 3, 5): 5,
    (3, 3, 6): 6,
    (-3, -3, 6): 6,
    (2, 4, 6): 6,
    (1, 8, 8): 8,
    (2, 8, 10): 17,
    (-2, 8, 10): 9,
    (3, 8, 11): 18,
    (4, 8, 12): 27,
    (-4, -8, 12): 18,
    (5, 8, 13): 28,
    (-5, 8, 13): 28,
    (5, -8, 13): 27,
    (11, 6, 17): 49,
    (-5, -8, 13): 26,
    (6, 8, 14): 37,
    (7, 8, 15): 38,
    (8, 8, 16): 47,
    (-8, 8, 16): 39,
    (-8, -8, 16): 36,
    (8, 8, 8): 20,
    (-8, -8, 13): 34,
    (10, 12, 22): 82,
}
MAP = f"""
{MAP_TOP}
import json
from pathlib import Path

modules = {{str(cell.name.str()): str(cell.type.str()) for cell in design.top_module().cells_.values()}}
Path("modules.json").write_text(json.dumps(modules))
"""
Cells = dict[str, int]


def _instances() -> Iterator[tuple[str, str, dict[str, int]]]:
    for name, (cell, parameters, _, _) in BUDGETS.items():
        yield name, cell, parameters
    for a, b, width in PRODUCTS:
        signs = {"WA": abs(a), "SIGNED_A": int(a < 0), "WB": abs(b), "SIGNED_B": int(b < 0)}
        yield _name(a, b, width), "tf_multiply", signs | {"WY": width}


def _name(a: int, b: int, width: int) -> str:
    return f"product_{a}_{b}_{width}".replace("-", "signed_")


@pytest.fixture(scope="module")
def mapped(firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    """The primitives of every instance, by name."""
    folder = tmp_path_factory.mktemp("mapping")
    lines: list[str] = []
    for name, cell, parameters in _instances():
        values = ", ".join(f".{key}({value})" for key, value in parameters.items())
        lines.append(f"(* keep, keep_hierarchy *) {cell} #({values}) {name} ();")
    (folder / "top.v").write_text("\n".join(["module top;", *lines, "endmodule\n"]))
    run_script(MAP, *sorted((firmware / "cells").glob("*.v")), folder=folder)
    stat = json.loads((folder / "stat.json").read_text())["modules"]
    modules = json.loads((folder / "modules.json").read_text())
    return {name.removeprefix("\\"): stat[module]["num_cells_by_type"] for name, module in modules.items()}


def _luts(cells: Cells) -> int:
    return sum(count for kind, count in cells.items() if kind.startswith("LUT") or kind == "INV")


@pytest.mark.parametrize("name", BUDGETS)
def test_a_cell_costs_no_more_than_its_operands_overlap(name: str, mapped: dict[str, Cells]) -> None:
    _, _, luts, carries = BUDGETS[name]
    cells = mapped[name]
    assert _luts(cells) <= luts, cells
    assert cells.get("CARRY4", 0) <= carries, cells


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_costs_one_table_a_bit_of_its_rows(product: tuple[int, int, int], mapped: dict[str, Cells]) -> None:
    cells = mapped[_name(*product)]
    assert _luts(cells) <= PRODUCTS[product], cells
    if abs(product[0]) + abs(product[1]) <= 6:
        assert "CARRY4" not in cells


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_a_product_is_taken_to_cost_is_what_it_is_mapped_to(
    product: tuple[int, int, int], mapped: dict[str, Cells]
) -> None:
    *operands, width = product
    circuit = Circuit()
    ends = [(-(1 << -bits - 1), (1 << -bits - 1) - 1) if bits < 0 else (0, (1 << bits) - 1) for bits in operands]
    signed = min(operands) < 0
    limit = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    gate = circuit.make(Multiply(), [circuit.input(port, *end) for port, end in enumerate(ends)], limit)
    assert circuit.gates[gate].width == width
    assert cost_bits(circuit, circuit.gates[gate]) == pytest.approx(_luts(mapped[_name(*product)]), rel=0.1)
