"""``Library``: a technology's standard cells, in ns, fF, V, nW, fJ and um2."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from trigforge.asic.expression import Expression
from trigforge.asic.grids import Table
from trigforge.errors import LibraryError

_NAND2 = 0b0111
_BUFFER, _INVERTER = 0b10, 0b01


class Sense(StrEnum):
    """The edge of an output for an edge of an input: alike, opposite, or either."""

    POSITIVE = "positive_unate"
    NEGATIVE = "negative_unate"
    NON_UNATE = "non_unate"


@dataclass(frozen=True)
class Edges:
    """A table for the rising and one for the falling edge."""

    rise: Table
    fall: Table

    @property
    def both(self) -> tuple[Table, Table]:
        return self.rise, self.fall


@dataclass(frozen=True)
class Arc:
    """Delay [ns] and transition [ns] of an output by load [fF] and input slew [ns], from the pin ``source``."""

    source: str
    sense: Sense
    delay: Edges
    slew: Edges


@dataclass(frozen=True)
class Power:
    """The internal energy [fJ] of an edge, by load [fF] and slew [ns], for the input ``source`` (empty: its own)."""

    source: str
    energy: Edges


@dataclass(frozen=True)
class Input:
    """An input pin: its capacitance [fF] and the internal energy of its own edges, whatever the outputs do."""

    capacitance_fF: float
    powers: tuple[Power, ...]


@dataclass(frozen=True)
class Output:
    """An output pin; ``function`` is of input pins, or of the state of a flip-flop."""

    function: Expression
    arcs: tuple[Arc, ...]
    powers: tuple[Power, ...]


@dataclass(frozen=True)
class Register:
    """A rising-edge flip-flop: its clock pin, next state, the names of state and inverse, and the setup time [ns] of
    each data pin by the slews [ns] of clock and data."""

    clock: str
    next_state: Expression
    state: str
    inverse: str
    setup: Mapping[str, Edges]


@dataclass(frozen=True)
class Cell:
    """A cell: area [um2], leakage [nW], pins; ``register`` is None for a gate."""

    name: str
    area_um2: float
    leakage_nW: float
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    register: Register | None


@dataclass(frozen=True)
class Library:
    """The cells that can be used, and why others cannot (``left_out``), at the voltage of the file."""

    name: str
    path: Path
    voltage_V: float
    temperature_C: float
    cells: Mapping[str, Cell]
    left_out: Mapping[str, str]

    def cell(self, name: str) -> Cell:
        """A cell by name; ``LibraryError`` for one that is left out."""
        if name not in self.cells:
            reason = self.left_out.get(name, "the library does not have it")
            raise LibraryError(f"{self.path}: the netlist holds the cell {name!r}, which cannot be used: {reason}")
        return self.cells[name]

    @cached_property
    def nand2(self) -> Cell:
        """The smallest NAND of two inputs, whose area is one gate equivalent."""
        return self._smallest("NAND of two inputs", 2, _NAND2)

    @cached_property
    def buffer(self) -> Cell:
        """The smallest buffer."""
        return self._smallest("buffer", 1, _BUFFER)

    @cached_property
    def flip_flop(self) -> Cell:
        """The smallest flip-flop of one data input."""
        found = [cell for cell in self.cells.values() if cell.register is not None and len(cell.inputs) == 2]
        return _smallest_of(found, "flip-flop of a rising clock", self.path)

    def check_mappable(self) -> None:
        """``LibraryError`` where a cell is missing without which nothing can be mapped or judged."""
        for cell in (self.nand2, self.buffer, self.flip_flop, self._smallest("inverter", 1, _INVERTER)):
            assert cell.name in self.cells

    def _smallest(self, what: str, inputs: int, truth: int) -> Cell:
        found = [
            cell
            for cell in self.cells.values()
            if cell.register is None and len(cell.inputs) == inputs and len(cell.outputs) == 1
            for output in cell.outputs.values()
            if output.function.truth(tuple(cell.inputs)) == truth
        ]
        return _smallest_of(found, what, self.path)


def _smallest_of(cells: list[Cell], what: str, path: Path) -> Cell:
    if not cells:
        raise LibraryError(f"{path}: the library has no {what}; give one of standard cells with --library")
    return min(cells, key=lambda cell: (cell.area_um2, cell.name))
