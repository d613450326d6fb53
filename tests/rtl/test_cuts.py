"""Boundaries between stages: nothing runs backwards, every stage has time, and no other cut has fewer registers."""

import sys
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigforge.errors import ToolMissingError
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.cuts import Timed, cut_into_stages
from trigforge.rtl.delays import delay_ns
from trigforge.rtl.gates import Add, Bits, Input, Literal
from trigforge.rtl.schedule import alive, ends, schedule, schedule_early


def crossing_bits(timed: Timed, stages: dict[int, int], boundary: int) -> int:
    """The bits of values that are made before a boundary and read behind it."""
    read = {number for number in timed.outputs if stages[number] <= boundary}
    for number in timed.delays:
        if stages[number] > boundary:
            read.update(o for o in timed.circuit.gates[number].operands if stages[o] <= boundary)
    return sum(timed.circuit.gates[n].width for n in read if not isinstance(timed.circuit.gates[n].op, Literal))


def has_time(timed: Timed, stages: dict[int, int], limit_ns: float) -> bool:
    """True if nothing is read before it is made and no stage takes longer than the limit, or one gate."""
    found: dict[int, float] = {}
    for number in timed.delays:
        operands = timed.circuit.gates[number].operands
        if any(stages[o] > stages[number] and not isinstance(timed.circuit.gates[o].op, Literal) for o in operands):
            return False
        start = max((found[o] for o in operands if stages[o] == stages[number]), default=0.0)
        found[number] = start + timed.delays[number]
        if start > 0 and timed.delays[number] > 0 and found[number] > limit_ns + 1e-6:
            return False
    return True


def timed_of(circuit: Circuit, outputs: list[int], limit_ns: float) -> tuple[Timed, int]:
    numbers = alive(circuit, outputs)
    delays = {number: delay_ns(circuit, circuit.gates[number]) for number in numbers}
    earliest = {number: stage for number, (stage, _) in ends(circuit, delays, limit_ns).items()}
    return Timed(circuit, frozenset(outputs), frozenset(), delays, earliest), max(earliest.values())


@st.composite
def circuits(draw: st.DrawFn) -> tuple[Circuit, list[int]]:
    """Small circuits of adders and wires, and some values that are handed out."""
    circuit = Circuit()
    values = [circuit.input(n, 0, draw(st.sampled_from([1, 3, 15, 200]))) for n in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(2, 7))):
        first, second = (draw(st.sampled_from(values)) for _ in range(2))
        made = circuit.make(Add(0, draw(st.sampled_from([0, 2])), draw(st.booleans())), (first, second))
        if draw(st.integers(0, 3)) == 0:
            width = draw(st.integers(1, max(circuit.gates[made].width, 1)))
            made = circuit.make(Bits(0, width, False), (made,))
        values.append(made)
    outputs = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    return circuit, outputs


@given(circuits(), st.sampled_from([0.7, 1.4, 2.1]))
@settings(max_examples=150, deadline=None)
def test_no_boundary_has_fewer_bits_given_the_one_behind_it(made: tuple[Circuit, list[int]], limit_ns: float) -> None:
    circuit, outputs = made
    timed, depth = timed_of(circuit, outputs, limit_ns)
    found = cut_into_stages(timed, depth, limit_ns)
    assert has_time(timed, found, limit_ns)
    if depth != 2:
        return
    free = [n for n in timed.delays if not isinstance(circuit.gates[n].op, Input | Literal)]
    fixed = {n: 1 for n in timed.delays if n not in free}
    every = (fixed | dict(zip(free, choice, strict=True)) for choice in product((1, 2), repeat=len(free)))
    least = min(crossing_bits(timed, stages, 1) for stages in every if has_time(timed, stages, limit_ns))
    assert crossing_bits(timed, found, 1) == least


@given(circuits(), st.sampled_from([0.7, 1.4, 2.1]))
@settings(max_examples=60, deadline=None)
def test_a_schedule_has_as_many_stages_as_the_earliest(made: tuple[Circuit, list[int]], limit_ns: float) -> None:
    circuit, outputs = made
    found, early = (plan(circuit, outputs, frozenset(), limit_ns) for plan in (schedule, schedule_early))
    assert found.latency_cycles == early.latency_cycles


def test_many_values_of_one_input_wait_as_that_input() -> None:
    """Eight sums of two inputs that are read one stage later: registers hold the inputs, and not the sums."""
    circuit = Circuit()
    a, b = circuit.input(0, 0, 15), circuit.input(1, 0, 15)
    sums = [circuit.make(Add(0, places, True), (a, b)) for places in range(8)]
    slow = circuit.make(Add(0, 0, False), (circuit.make(Add(0, 9, True), (a, b)), a))
    outputs = [circuit.make(Add(0, 1, False), (slow, one)) for one in sums]
    found = schedule(circuit, outputs, frozenset(), 1.5)
    assert found.latency_cycles == 2
    early = schedule_early(circuit, outputs, frozenset(), 1.5)
    assert len(found.stages[0].registered) == 3 and len(early.stages[0].registered) > 8


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = Circuit()
    a, b = circuit.input(0, 0, 15), circuit.input(1, 0, 15)
    once = circuit.make(Add(0, 0, False), (a, b))
    twice = circuit.make(Add(0, 0, True), (once, a))
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(
        ToolMissingError, match=r"few registers need SciPy \(scipy.* is not installed\): pip install 'trigforge\[rtl\]'"
    ):
        schedule(circuit, [twice], frozenset(), 0.7)
