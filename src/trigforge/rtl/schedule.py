"""The cut of a circuit into pipeline stages, and the contents of every register between two stages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trigforge.rtl.circuit import Circuit
from trigforge.rtl.cuts import Timed, cut_into_stages
from trigforge.rtl.delays import ROUNDING_NS, delay_ns
from trigforge.rtl.gates import Bits, Input, Literal

_STEPS = 12
"""halvings in the search for the shortest stage that does not add one; 2**-12 of a stage is less than a picosecond"""

Time = tuple[int, float]
"""a pipeline stage, from 1, and the time from its beginning in ns"""
BEGIN: Time = (1, 0.0)


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

    def register_bits(self, circuit: Circuit) -> int:
        """The flip-flops behind all stages."""
        return sum(circuit.gates[gate].width for stage in self.stages for gate in stage.registered)


def schedule(circuit: Circuit, outputs: Sequence[int], static: frozenset[int], limit_ns: float) -> Schedule:
    """Stages that each take at most ``limit_ns`` (or one gate), as few as there can be, and then as short as possible.

    Among these, boundaries between stages stand where few registers are needed (``cuts``). Inputs come from registers
    and all ``outputs`` leave the last stage together. Gates in ``static`` change rarely: every stage reads them as they
    are.
    """
    delays = _delays(circuit, outputs)
    if not any(delays.values()):
        return _wires(circuit, delays)
    depth = max(_stages(circuit, delays, limit_ns).values())
    low, high = 0.0, limit_ns
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if max(_stages(circuit, delays, middle).values()) <= depth:
            high = middle
        else:
            low = middle
    timed = Timed(circuit, frozenset(outputs), static, delays, _stages(circuit, delays, high))
    tried = timed.earliest, cut_into_stages(timed, depth, high)
    found = [Schedule(_plans(circuit, outputs, static, stage, depth)) for stage in tried]
    return min(found, key=lambda own: own.register_bits(circuit))


def schedule_early(circuit: Circuit, outputs: Sequence[int], static: frozenset[int], limit_ns: float) -> Schedule:
    """As many stages as those of ``schedule``, which is found sooner: every gate stands in the first that it can."""
    delays = _delays(circuit, outputs)
    if not any(delays.values()):
        return _wires(circuit, delays)
    stage = _stages(circuit, delays, limit_ns)
    return Schedule(_plans(circuit, outputs, static, stage, max(stage.values())))


def _delays(circuit: Circuit, outputs: Sequence[int]) -> dict[int, float]:
    """The delay of each gate that some output needs, in order."""
    return {gate: delay_ns(circuit, circuit.gates[gate]) for gate in alive(circuit, outputs)}


def _wires(circuit: Circuit, numbers: Iterable[int]) -> Schedule:
    return Schedule((), tuple(gate for gate in numbers if not _is_leaf(circuit, gate)))


def _stages(circuit: Circuit, delays: Mapping[int, float], limit_ns: float) -> dict[int, int]:
    return {gate: stage for gate, (stage, _) in ends(circuit, delays, limit_ns).items()}


def _is_leaf(circuit: Circuit, gate: int) -> bool:
    return isinstance(circuit.gates[gate].op, Input | Literal)


def alive(circuit: Circuit, outputs: Iterable[int]) -> list[int]:
    """Gates that some output needs, in order."""
    needed = set(outputs)
    for number in range(len(circuit.gates) - 1, -1, -1):
        if number in needed:
            needed.update(circuit.gates[number].operands)
    return sorted(needed)


def finish(start: Time, delay: float, limit_ns: float) -> Time:
    """The end of a gate whose operands are there at ``start``: in the next stage where this one has no time for it."""
    stage, at = start
    return (stage + 1, delay) if at > 0 and at + delay > limit_ns and delay > 0 else (stage, at + delay)


def ends(circuit: Circuit, delays: Mapping[int, float], limit_ns: float) -> dict[int, Time]:
    """The end of every gate that has a delay, as early as it can be; operands come first."""
    found: dict[int, Time] = {}
    for number, delay in delays.items():
        start = max((found[operand] for operand in circuit.gates[number].operands), default=BEGIN)
        found[number] = finish(start, delay, limit_ns)
    return found


def latest_ends(circuit: Circuit, outputs: Sequence[int], limit_ns: float) -> dict[int, Time]:
    """The end of every gate that an output needs, as late as it can be with no more stages than ``schedule`` needs."""
    delays = _delays(circuit, outputs)
    depth = max(_stages(circuit, delays, limit_ns).values(), default=1)
    whole = limit_ns + ROUNDING_NS
    latest = dict.fromkeys(delays, (depth, whole))
    for number, delay in reversed(delays.items()):
        stage, at = latest[number]
        if at < delay <= limit_ns:
            stage, at = stage - 1, whole
        latest[number] = stage, at
        start = stage, max(at - delay, 0.0)
        for operand in circuit.gates[number].operands:
            latest[operand] = min(latest[operand], start)
    return latest


def _plans(
    circuit: Circuit, outputs: Sequence[int], static: frozenset[int], stage: Mapping[int, int], depth: int
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
    circuit: Circuit,
    static: frozenset[int],
    stage: Mapping[int, int],
    here: int,
    entering: set[int],
    computed: set[int],
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
