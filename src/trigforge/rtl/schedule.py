"""The cut of a circuit into pipeline stages, and the contents of every register between two stages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trigforge.rtl.circuit import Circuit
from trigforge.rtl.delays import delay_ns
from trigforge.rtl.gates import Bits, Input, Literal

_STEPS = 12
"""halvings in the search for the shortest stage that does not add one; 2**-12 of a stage is less than a picosecond"""


@dataclass(frozen=True)
class StagePlan:
    """One stage: the values that enter it, the gates that it computes, in order, and the values in its registers."""

    entering: tuple[int, ...]
    computed: tuple[int, ...]
    registered: tuple[int, ...]


@dataclass(frozen=True)
class Schedule:
    """All stages of a circuit; none for a circuit of wires only, which are then ``wires``."""

    stages: tuple[StagePlan, ...]
    wires: tuple[int, ...] = ()

    @property
    def latency_cycles(self) -> int:
        return len(self.stages)


def schedule(circuit: Circuit, outputs: Sequence[int], static: frozenset[int], limit_ns: float) -> Schedule:
    """Stages that each take at most ``limit_ns`` (or one gate), as few as there can be, and then as short as possible.

    Inputs come from registers and all ``outputs`` leave the last stage together. Gates in ``static`` change rarely:
    every stage reads them as they are.
    """
    alive = _alive(circuit, outputs)
    delays = {gate: delay_ns(circuit, circuit.gates[gate]) for gate in alive}
    if not any(delays.values()):
        return Schedule((), tuple(gate for gate in alive if not _is_leaf(circuit, gate)))
    depth = max(_assign(circuit, alive, delays, limit_ns).values())
    low, high = 0.0, limit_ns
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if max(_assign(circuit, alive, delays, middle).values()) <= depth:
            high = middle
        else:
            low = middle
    return Schedule(_plans(circuit, outputs, static, _assign(circuit, alive, delays, high), depth))


def _is_leaf(circuit: Circuit, gate: int) -> bool:
    return isinstance(circuit.gates[gate].op, Input | Literal)


def _alive(circuit: Circuit, outputs: Iterable[int]) -> list[int]:
    """Gates that some output needs, in order."""
    needed = set(outputs)
    for number in range(len(circuit.gates) - 1, -1, -1):
        if number in needed:
            needed.update(circuit.gates[number].operands)
    return sorted(needed)


def _assign(circuit: Circuit, alive: Sequence[int], delays: dict[int, float], limit_ns: float) -> dict[int, int]:
    """The stage (from 1) of every gate, as early as it can be."""
    stage: dict[int, int] = {}
    arrival: dict[int, float] = {}
    for number in alive:
        operands = circuit.gates[number].operands
        here = max((stage[operand] for operand in operands), default=1)
        start = max((arrival[operand] for operand in operands if stage[operand] == here), default=0.0)
        if start > 0 and start + delays[number] > limit_ns and delays[number] > 0:
            here, start = here + 1, 0.0
        stage[number], arrival[number] = here, start + delays[number]
    return stage


def _plans(
    circuit: Circuit, outputs: Sequence[int], static: frozenset[int], stage: dict[int, int], depth: int
) -> tuple[StagePlan, ...]:
    """The stages, planned from the last to the first: a stage's registers decide what it computes and takes in."""
    plans: list[StagePlan] = []
    registered = {gate for gate in outputs if not isinstance(circuit.gates[gate].op, Literal)}
    for here in range(depth, 0, -1):
        computed: set[int] = set()
        entering: set[int] = set()
        waiting = list(registered)
        while waiting:
            gate = waiting.pop()
            if gate in computed or gate in entering or isinstance(circuit.gates[gate].op, Literal):
                continue
            if isinstance(circuit.gates[gate].op, Input) or (stage[gate] < here and gate not in static):
                entering.add(gate)
                continue
            computed.add(gate)
            waiting.extend(circuit.gates[gate].operands)
        if here > 1:
            _whole_sources(circuit, static, stage, here, entering, computed)
        plans.append(StagePlan(tuple(sorted(entering)), tuple(sorted(computed)), tuple(sorted(registered))))
        registered = entering - static
    return tuple(reversed(plans))


def _whole_sources(
    circuit: Circuit, static: frozenset[int], stage: dict[int, int], here: int, entering: set[int], computed: set[int]
) -> None:
    """Replacement, in ``entering`` and ``computed``, of wires by the value that they are cut out of.

    That is done where the wires take as many registers as the whole value.
    """
    cut: dict[int, set[int]] = {}
    for gate in entering:
        _note_cut(circuit, gate, cut)
    waiting = sorted(cut)
    while waiting:
        source = waiting.pop()
        parts, gate = cut[source] & entering, circuit.gates[source]
        if not parts or source in static or isinstance(gate.op, Literal) or stage[source] >= here:
            continue
        if source in entering or sum(circuit.gates[part].width for part in parts) >= gate.width:
            entering.difference_update(parts)
            computed.update(parts)
            entering.add(source)
            if _note_cut(circuit, source, cut):
                waiting = sorted({*waiting, gate.operands[0]})


def _note_cut(circuit: Circuit, gate: int, cut: dict[int, set[int]]) -> bool:
    """Put a gate that is wires cut out of another under that other's number."""
    if not isinstance(circuit.gates[gate].op, Bits):
        return False
    cut.setdefault(circuit.gates[gate].operands[0], set()).add(gate)
    return True
