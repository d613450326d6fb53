"""``Signal``: an element of a tensor as a gate and a binary point, held to the interval that the graph gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import ProjectError
from trigforge.fixed import Interval
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Add, AtLeast, Choose

Signals = npt.NDArray[Any]
"""an array of ``Signal`` in a tensor's shape"""


@dataclass(frozen=True)
class Signal:
    """The value of ``gate`` times ``2**lsb``."""

    gate: int
    lsb: int


@dataclass(frozen=True)
class Ends:
    """All that one element can be, by the graph: ``lo * 2**lsb`` to ``hi * 2**lsb``."""

    lo: int
    hi: int
    lsb: int

    def at(self, lsb: int) -> tuple[int, int]:
        """The ends in units of ``2**lsb``, rounded outwards where that is coarser."""
        places = self.lsb - lsb
        if places >= 0:
            return self.lo << places, self.hi << places
        return self.lo >> -places, -(-self.hi >> -places)


def ends_of(interval: Interval) -> list[Ends]:
    """One for each element, last axis fastest."""
    parts = (part.values.reshape(-1).tolist() for part in (interval.lo, interval.hi, interval.lsb))
    return [Ends(*entry) for entry in zip(*parts, strict=True)]


def tensor(circuit: Circuit, name: str, interval: Interval, make: Callable[[int, Ends], Signal]) -> Signals:
    """A tensor made element by element; ``make`` gets the element's number and ends.

    Every element stands at the scale that the graph gives it, is a constant where the graph says so, and has no bit
    that the graph says it does not need. Raises ``ProjectError`` where gates and graph contradict each other.
    """
    circuit.tensor = name
    made = np.empty(interval.lo.size, dtype=object)
    for number, ends in enumerate(ends_of(interval)):
        if ends.lo == ends.hi:
            made[number] = Signal(circuit.literal(ends.lo), ends.lsb)
            continue
        signal = make(number, ends)
        gate = circuit.gates[signal.gate]
        lo, hi = ends.at(signal.lsb)
        if gate.lo > hi or gate.hi < lo:
            raise ProjectError(
                f"tensor {name!r}: element {number} is {gate.lo} to {gate.hi} in Verilog and {lo} to {hi} in the graph "
                f"(units of 2^{signal.lsb}); this is a fault of trigforge, please report it"
            )
        kept = circuit.narrowed(signal.gate, lo, hi)
        made[number] = Signal(circuit.shifted(kept, signal.lsb - ends.lsb), ends.lsb)
    return made.reshape(interval.shape)


def constant(circuit: Circuit, value: int, lsb: int) -> Signal:
    """``value * 2**lsb``."""
    return Signal(circuit.literal(value), lsb)


def add(circuit: Circuit, a: Signal, b: Signal, *, subtract: bool = False, within: Ends | None = None) -> Signal:
    """``a ± b``, exactly; ``within`` are ends that the caller can prove."""
    lsb = _common(circuit, a, b)
    op = Add(_places(circuit, a, lsb), _places(circuit, b, lsb), subtract)
    return Signal(circuit.make(op, (a.gate, b.gate), within and within.at(lsb)), lsb)


def at_least(circuit: Circuit, a: Signal, b: Signal) -> int:
    """The gate that is 1 where ``a >= b``."""
    lsb = _common(circuit, a, b)
    return circuit.make(AtLeast(_places(circuit, a, lsb), _places(circuit, b, lsb)), (a.gate, b.gate))


def choose(circuit: Circuit, condition: int, a: Signal, b: Signal) -> Signal:
    """``a`` where ``condition`` is 1, else ``b``."""
    lsb = _common(circuit, a, b)
    op = Choose(_places(circuit, a, lsb), _places(circuit, b, lsb))
    return Signal(circuit.make(op, (condition, a.gate, b.gate)), lsb)


def larger(circuit: Circuit, a: Signal, b: Signal, *, smaller: bool = False) -> Signal:
    """The larger, or the smaller, of two."""
    first_wins = at_least(circuit, a, b)
    return choose(circuit, first_wins, b, a) if smaller else choose(circuit, first_wins, a, b)


def extremum(circuit: Circuit, terms: Sequence[Signal], *, smaller: bool) -> Signal:
    """The largest, or the smallest, of several: a tree of comparisons."""
    left = list(terms)
    while len(left) > 1:
        pairs = [larger(circuit, a, b, smaller=smaller) for a, b in zip(left[::2], left[1::2], strict=False)]
        left = [*pairs, *left[len(pairs) * 2 :]]
    return left[0]


def _common(circuit: Circuit, a: Signal, b: Signal) -> int:
    """The finer of two scales; a value that is always 0 has none."""
    scales = [signal.lsb for signal in (a, b) if not _is_zero(circuit, signal)]
    return min(scales, default=0)


def _places(circuit: Circuit, signal: Signal, lsb: int) -> int:
    return 0 if _is_zero(circuit, signal) else signal.lsb - lsb


def _is_zero(circuit: Circuit, signal: Signal) -> bool:
    gate = circuit.gates[signal.gate]
    return gate.lo == gate.hi == 0
