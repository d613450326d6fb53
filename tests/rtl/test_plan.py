"""The hierarchy and its timing: every input of an item arrives in the cycle in which the item takes it."""

from collections.abc import Iterator

import numpy as np
import pytest

from tests.agreement.generator import optimized_graph
from tests.rtl.graphs import CORNERS, PAIR, RELOADED, ROWS, constant, graph, mapped
from trigforge.design import DesignPoint, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.graph import Add, FixedPointGraph, Relu, Sub, Sum
from trigforge.rtl.choosing import plan_graph
from trigforge.rtl.generate import to_project
from trigforge.rtl.hierarchy import Net, Region
from trigforge.rtl.interpret import expected_probes, run_graph
from trigforge.rtl.plan import PlannedModule, PlannedRegion, delay_bits
from trigforge.rtl.regions import module_of_graph
from trigforge.rtl.timetable import faults

FAST = DesignPoint(rtl=RtlDesign(stage_delay_ns=0.5))
GRAPHS = [*(optimized_graph(n) for n in range(12)), *CORNERS.values(), *RELOADED.values()]


def modules_of(plan: PlannedModule) -> Iterator[PlannedModule]:
    yield plan
    for item in plan.items:
        if isinstance(item.content, PlannedModule):
            yield from modules_of(item.content)


@pytest.mark.parametrize("found", GRAPHS, ids=lambda found: found.name)
def test_everything_is_there_when_it_is_taken(found: FixedPointGraph) -> None:
    top = plan_graph(found, FAST)
    assert list(faults(top, 1)) == []
    for plan in modules_of(top):
        for number, item in enumerate(plan.items):
            nets = [net for own in item.item.inputs for net in own if isinstance(net, Net)]
            assert all(net.item < number for net in nets)
            if isinstance(item.content, PlannedRegion):
                assert item.content.latency_cycles == len(item.content.schedule.stages)
        names = [item.item.name for item in plan.items]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("found", GRAPHS, ids=lambda found: found.name)
def test_the_circuits_compute_what_the_graph_says(found: FixedPointGraph) -> None:
    stimuli = random_stimuli(found, 50, seed=3)
    expected = run(found, stimuli).outputs
    module = module_of_graph(found)
    made = iter(run_graph(found, module, stimuli).outputs)
    for name in dict.fromkeys(found.outputs):
        interval = found.tensors[name]
        scales = (interval.lsb.values - interval.hull_lsb).reshape(-1).tolist()
        for element, places in enumerate(scales):
            output = next(made)
            places = places if output.any() else 0
            assert np.array_equal(np.broadcast_to(output, 50) << places, expected[name].reshape(50, -1)[:, element])
    assert next(made, None) is None


def test_a_map_does_not_wait_for_what_it_does_not_read() -> None:
    found = graph(
        "levels",
        [ROWS],
        [
            ("far", Sum((0, 1)), ("x",)),
            ("m", mapped(0, ["p"], ("r", Relu(), ("p",))), ("x",)),
            ("s", Sum((0, 1)), ("m",)),
            ("y", Add(), ("far", "s")),
        ],
    )
    plan = plan_graph(found, FAST)
    assert [(item.item.name, item.start_cycle) for item in plan.items] == [("m", 0), ("far", 0), ("y", 2)]
    assert [delay.waits_cycles for delay in plan.delays.values()] == [(1,)] * 6
    assert delay_bits(plan) == 6 * 1 * 4
    assert plan.latency_cycles == 2 + plan.items[2].latency_cycles


def test_a_map_that_is_delayed_inside_counts_for_each_copy() -> None:
    body = (("r", Relu(), ("p",)), ("n", Sub(), ("p", "r")), ("s", Sum((0,)), ("n",)))
    inner = mapped(0, ["q"], ("t", Relu(), ("q",)))
    found = graph("m", [ROWS], [("m", mapped(0, ["p"], *body, ("i", inner, ("p",)), ("y", Add(), ("i", "s"))), ("x",))])
    plan = plan_graph(found, FAST)
    (item,) = plan.items
    assert isinstance(item.content, PlannedModule)
    own = sum(item.content.width(wire) * delay.registers for wire, delay in item.content.delays.items())
    assert own > 0 and delay_bits(plan) == 3 * own


def test_registers_are_always_there() -> None:
    plan = plan_graph(RELOADED["reloaded"], FAST)
    assert [plan.arrival(Net(-1, 0, port)).cycle for port in range(6)] == [0, 0, None, None, None, None]
    region = plan.items[0].content
    assert isinstance(region, PlannedRegion) and len(region.region.static) >= 4
    module = plan_graph(RELOADED["reloaded_in_map"], FAST).module
    body = next(item.content for item in module.items if item.name == "m")
    assert not isinstance(body, Region) and [element.static for element in body.inputs] == [False, False, True, True]


def test_regions_that_hand_out_nothing_with_a_name_are_told_apart() -> None:
    """Two regions that only move binary points for the ``Map`` behind them."""
    body = mapped(0, ["p"], ("r", Relu(), ("p",)))
    scales = graph(
        "scales",
        [PAIR],
        [
            ("c", constant(1, 3), ()),
            ("a", Add(), ("x", "c")),
            ("m", body, ("a",)),
            ("b", Sub(), ("m", "c")),
            ("n", body, ("b",)),
        ],
    )
    assert [item.name for item in module_of_graph(scales).items] == ["a", "m", "b", "n"]
    project = to_project(scales, FAST)
    stimuli = random_stimuli(scales, 20)
    for probe, values in zip(project.probes, expected_probes(scales, FAST, project.probes, stimuli), strict=True):
        assert values.shape == (20,) and np.abs(values).max() < 2**probe.width
