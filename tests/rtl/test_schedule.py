"""The cut into stages: complete, within its limit, as few as possible, and then as short as possible."""

from itertools import pairwise

import pytest

from tests.agreement.generator import optimized_graph
from tests.rtl.graphs import CORNERS, RELOADED
from trigforge.rtl import schedule as scheduling
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.delays import LEVEL_NS, delay_ns
from trigforge.rtl.gates import Bits, Choose, Input, Literal
from trigforge.rtl.hierarchy import Accumulator, Module, Region
from trigforge.rtl.regions import module_of_graph
from trigforge.rtl.schedule import Schedule, StagePlan, schedule


def regions_of(module: Module) -> list[Region]:
    found: list[Region] = []
    for item in module.items:
        assert not isinstance(item.content, Accumulator)
        found += [item.content] if isinstance(item.content, Region) else regions_of(item.content)
    return found


REGIONS = [
    region
    for graph in [*(optimized_graph(n) for n in range(12)), *CORNERS.values(), *RELOADED.values()]
    for region in regions_of(module_of_graph(graph))
]


def planned(region: Region, limit_ns: float) -> Schedule:
    return schedule(region.circuit, region.outputs, region.static, limit_ns)


def ends_ns(circuit: Circuit, stage: StagePlan) -> dict[int, tuple[float, float]]:
    """When each gate that a stage computes begins and ends."""
    times: dict[int, tuple[float, float]] = {}
    for gate in stage.computed:
        start = max((times.get(operand, (0.0, 0.0))[1] for operand in circuit.gates[gate].operands), default=0.0)
        times[gate] = start, start + delay_ns(circuit, circuit.gates[gate])
    return times


def longest_ns(circuit: Circuit, found: Schedule) -> float:
    return max(end for stage in found.stages for _, end in ends_ns(circuit, stage).values())


@pytest.mark.parametrize("limit_ns", (0.3, 1.1, 3.5, 50.0))
def test_stages_are_complete_and_within_the_limit(limit_ns: float) -> None:
    for region in REGIONS:
        circuit, found, static = region.circuit, planned(region, limit_ns), region.static
        variable = {gate for gate in region.outputs if not isinstance(circuit.gates[gate].op, Literal)}
        if not found.stages:
            assert variable <= {*found.wires, *static}
            continue
        assert set(found.stages[-1].registered) == variable
        for number, stage in enumerate(found.stages):
            known = {*stage.entering, *stage.computed}
            assert set(stage.registered) <= known
            for gate in stage.computed:
                assert all(
                    operand in known or isinstance(circuit.gates[operand].op, Literal)
                    for operand in circuit.gates[gate].operands
                )
            for start, end in ends_ns(circuit, stage).values():
                assert start == 0 or end <= limit_ns + 1e-9 or end == start
            if number == 0:
                assert all(isinstance(circuit.gates[gate].op, Input) for gate in stage.entering)
        for before, after in pairwise(found.stages):
            assert set(before.registered) == set(after.entering) - static


def test_no_cut_is_better() -> None:
    """With less than its longest stage, a schedule has more stages; no schedule has fewer."""
    compared = 0
    for region in REGIONS:
        found = planned(region, 2.0)
        if not found.stages:
            continue
        longest = longest_ns(region.circuit, found)
        gates = {gate for stage in found.stages for gate in stage.computed}
        if longest > max(delay_ns(region.circuit, region.circuit.gates[gate]) for gate in gates) + 0.01:
            assert planned(region, longest - 0.01).latency_cycles > found.latency_cycles
            compared += 1
        depths = [planned(region, limit).latency_cycles for limit in (0.3, 1.0, 2.0, 4.0, 50.0)]
        assert depths == sorted(depths, reverse=True) and depths[-1] == 1
    assert compared > 20


def chain(length: int) -> tuple[Circuit, int]:
    """Choices one behind the other, each one level of look-up tables."""
    circuit = Circuit()
    condition, x, y = circuit.input(0, 0, 1), circuit.input(1, 0, 7), circuit.input(2, 0, 7)
    for _ in range(length):
        x = circuit.make(Choose(0, 0), (condition, x, y), (0, circuit.gates[x].hi))
        y = circuit.make(Choose(0, 0), (condition, y, x))
    return circuit, y


@pytest.mark.parametrize(("levels", "sizes"), ((1, [1] * 6), (2, [2, 2, 2]), (4, [3, 3]), (5, [3, 3]), (6, [6])))
def test_stages_are_few_and_then_equal(levels: int, sizes: list[int]) -> None:
    circuit, output = chain(3)
    found = schedule(circuit, [output], frozenset(), levels * LEVEL_NS + 0.01)
    assert [len(stage.computed) for stage in found.stages] == sizes


def test_static_inputs_are_read_where_they_are_needed() -> None:
    circuit = Circuit()
    weight, x = circuit.input(0, 0, 15), circuit.input(1, 0, 7)
    low = circuit.make(Bits(0, 1, False), (weight,))
    first = circuit.make(Choose(0, 0), (low, x, circuit.literal(3)))
    high = circuit.make(Bits(3, 1, False), (weight,))
    second = circuit.make(Choose(0, 0), (high, first, x))
    found = schedule(circuit, [second, low], frozenset({weight, low, high}), 0.5)
    assert [stage.entering for stage in found.stages] == [(weight, x), (weight, x, first)]
    assert [stage.registered for stage in found.stages] == [(x, first), (low, second)]


def test_nothing_but_wires_takes_no_stage() -> None:
    circuit = Circuit()
    x = circuit.input(0, 0, 15)
    low = circuit.make(Bits(0, 2, False), (x,))
    assert schedule(circuit, [low, x], frozenset(), 1.0) == Schedule((), (low,))
    assert schedule(circuit, [], frozenset(), 1.0) == Schedule(())


def register_bits(region: Region, found: Schedule) -> int:
    return sum(region.circuit.gates[gate].width for stage in found.stages for gate in stage.registered)


def test_whole_values_take_no_more_registers_than_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (0.5, 1.5)
    whole = [[register_bits(region, planned(region, limit)) for limit in limits] for region in REGIONS]
    monkeypatch.setattr(scheduling, "_whole_sources", lambda *_: None)
    parts = [[register_bits(region, planned(region, limit)) for limit in limits] for region in REGIONS]
    assert all(a <= b for ours, theirs in zip(whole, parts, strict=True) for a, b in zip(ours, theirs, strict=True))
    assert whole != parts
