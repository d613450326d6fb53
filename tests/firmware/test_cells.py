"""Every cell against Python integers: small widths exhaustively, wide ones with random operands."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.firmware.cells import CELLS, Cell, Parameters
from tests.firmware.conftest import Verilator

PER_CELL = 150
STIMULUS_BITS = 192
EXHAUSTED_BITS = 9


@dataclass(frozen=True)
class Instance:
    cell: Cell
    parameters: Parameters
    places: dict[str, tuple[int, int]]
    """port -> first bit and width in the stimulus"""
    y_place: int

    @property
    def y_width(self) -> int:
        return self.parameters.get("WY", 1)

    def operands(self, stimulus: int) -> dict[str, int]:
        return {port: stimulus >> at & ((1 << width) - 1) for port, (at, width) in self.places.items()}

    def verilog(self, number: int) -> str:
        values = ", ".join(f".{name}({value})" for name, value in self.parameters.items())
        ports = ", ".join(f".{port}(x[{at + width - 1}:{at}])" for port, (at, width) in self.places.items())
        y = f".y(y[{self.y_place + self.y_width - 1}:{self.y_place}])"
        return f"  {self.cell.name} #({values}) cell_{number} ({ports}, {y});"


def _instances() -> list[Instance]:
    found: list[Instance] = []
    y_place = 0
    for cell in CELLS:
        for parameters in [*cell.small(PER_CELL), *_wide(cell)]:
            places: dict[str, tuple[int, int]] = {}
            at = 0
            for port, width_parameter in cell.operands:
                places[port] = (at, parameters.get(width_parameter, 1))
                at += places[port][1]
            found.append(Instance(cell, parameters, places, y_place))
            y_place += found[-1].y_width
    return found


def _wide(cell: Cell) -> list[Parameters]:
    """Ten wide ones: every width is any number up to 64, every shift any up to 40."""
    numbers = random.Random(f"wide {cell.name}")
    limit = {"W": 64, "S": 40, "D": 70}
    free = [name for name in cell.choices if name.startswith(("W", "SHIFT_", "DROP"))]
    return [
        {**parameters, **{name: numbers.randint(1, 6 if name == "WN" else limit[name[0]]) for name in free}}
        for parameters in list(cell.small(10))[:10]
    ]


def _stimuli() -> list[int]:
    """All values of the lowest bits, then random ones."""
    numbers = random.Random("stimuli")
    every = list(range(1 << EXHAUSTED_BITS))
    return [*every, *(numbers.getrandbits(STIMULUS_BITS) for _ in range(500))]


@pytest.fixture(scope="module")
def instances() -> list[Instance]:
    return _instances()


@pytest.fixture(scope="module")
def outputs(
    instances: list[Instance], verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[int]:
    """What all instances give for each stimulus, from one compilation in which no lint warning is left."""
    folder = tmp_path_factory.mktemp("cells")
    y_bits = instances[-1].y_place + instances[-1].y_width
    lines = [
        f"module top (input wire clk, input wire [{STIMULUS_BITS - 1}:0] x, output wire [{y_bits - 1}:0] y);",
        "  wire unused = &{1'b0, clk, x};",
        *(instance.verilog(number) for number, instance in enumerate(instances)),
        "endmodule\n",
    ]
    (folder / "top.v").write_text("\n".join(lines))
    program = verilator.build("top", *sorted((firmware / "cells").glob("*.v")), folder / "top.v", folder=folder)
    words = STIMULUS_BITS // 8
    sent = b"".join(stimulus.to_bytes(words, "little") for stimulus in _stimuli())
    received = subprocess.run([program], input=sent, capture_output=True, check=True, timeout=120).stdout
    block = -(-y_bits // 32) * 4
    return [int.from_bytes(received[at : at + block], "little") for at in range(0, len(received), block)]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cell_computes_what_python_computes(cell: Cell, instances: list[Instance], outputs: list[int]) -> None:
    stimuli = _stimuli()
    assert len(outputs) == len(stimuli)
    mine = [instance for instance in instances if instance.cell is cell]
    assert len(mine) > 10
    for instance in mine:
        mask = (1 << instance.y_width) - 1
        for stimulus, output in zip(stimuli, outputs, strict=True):
            operands = instance.operands(stimulus)
            got = output >> instance.y_place & mask
            expected = cell.expected(instance.parameters, operands) & mask
            assert got == expected, (cell.name, instance.parameters, operands)
