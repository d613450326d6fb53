"""Instances that slices share: which, when, what it costs, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from tests.agreement.generator import random_graph
from tests.rtl.graphs import CORNERS, RELOADED, ROWS, graph, mapped
from trigforge.design import DesignPoint, LayerDesign, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.errors import DesignError
from trigforge.graph import FixedPointGraph, Map, Relu, Sub, Sum
from trigforge.passes import optimize
from trigforge.passes.spread_maps import spread_maps
from trigforge.rtl import to_project
from trigforge.rtl.choosing import cost_tables, plan_graph
from trigforge.rtl.connections import Direct
from trigforge.rtl.fold import Fold, Folding
from trigforge.rtl.hierarchy import Net
from trigforge.rtl.interpret import run_graph
from trigforge.rtl.plan import PlannedItem, PlannedModule
from trigforge.rtl.timetable import faults

INTERVALS = (2, 3, 5, 16)
GRAPHS = [
    found
    for found in [*CORNERS.values(), *RELOADED.values(), *(optimize(random_graph(n)) for n in range(60))]
    if any(isinstance(node.op, Map) for node in found.nodes)
]
SET = graph(
    "set",
    [ROWS],
    [("m", mapped(0, ["p"], ("r", Relu(), ("p",)), ("s", Sub(), ("r", "p"))), ("x",)), ("y", Sum((0,)), ("m",))],
)


def every(interval: int) -> DesignPoint:
    return DesignPoint(rtl=RtlDesign(initiation_interval=interval))


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("found", GRAPHS, ids=lambda found: found.name)
def test_a_plan_is_sound_and_its_circuits_compute_what_the_graph_says(found: FixedPointGraph, interval: int) -> None:
    plan = plan_graph(found, every(interval))
    assert plan.interval_cycles <= interval
    assert list(faults(plan, plan.interval_cycles)) == []
    stimuli = random_stimuli(found, 20, seed=interval)
    expected, made = run(found, stimuli).outputs, iter(run_graph(found, plan.module, stimuli).outputs)
    for name in dict.fromkeys(found.outputs):
        interval_of = found.tensors[name]
        for element, places in enumerate((interval_of.lsb.values - interval_of.hull_lsb).reshape(-1).tolist()):
            output = np.broadcast_to(next(made), 20)
            moved = output << (places if output.any() else 0)
            assert np.array_equal(moved, expected[name].reshape(20, -1)[:, element])


def test_the_check_of_plans_sees_what_is_wrong() -> None:
    plan = plan_graph(SET, every(3))
    (first, *rest) = plan.items
    assert first.item.fold == Fold(1, 3)
    assert list(faults(plan, 3)) == []

    def told(changed: PlannedItem) -> str:
        return next(faults(PlannedModule(plan.module, (changed, *rest)), 3))

    assert "stand on one wire in one cycle" in next(faults(plan, 2))
    assert "does not find" in told(replace(first, start_cycle=first.start_cycle - 1))
    ports = {at: Direct(Net(-1, 0, 0)) for at in first.connections}
    assert "does not find" in told(replace(first, connections=ports))


def test_a_fold_takes_the_fewest_instances_that_keep_the_interval() -> None:
    for interval in range(1, 20):
        for slices in range(1, 40):
            fold = Folding(interval).of("m", slices)
            assert fold.interval_cycles <= interval and fold.instances * fold.slots >= slices
            assert (fold.instances - 1) * interval < slices
    assert Folding(4, {"m": 9}).of("m", 8) == Fold(8, 1)


def test_instances_of_a_layer_give_the_interval() -> None:
    found = replace(SET, nodes=tuple(replace(node, layers=("particle",)) for node in SET.nodes))
    design = DesignPoint(layers={"particle": LayerDesign(instances=1)})
    assert plan_graph(found, design).interval_cycles == 3
    for count, message in ((4, "has 3 slices; instances = 4 is too many, give at most 3"),):
        wrong = DesignPoint(layers={"particle": LayerDesign(instances=count)})
        with pytest.raises(DesignError, match=message):
            plan_graph(found, wrong)
    both = DesignPoint(rtl=RtlDesign(initiation_interval=2), layers={"particle": LayerDesign(instances=1)})
    with pytest.raises(DesignError, match=r"every 2 clock cycles; instances = 1 is too few, give at least 2"):
        plan_graph(found, both)
    with pytest.raises(DesignError, match=r"layer 'whole' works on the whole event at once.*known are particle"):
        plan_graph(found, DesignPoint(layers={"whole": LayerDesign(instances=1)}))


def test_a_fold_that_costs_more_than_it_saves_is_not_made() -> None:
    """Rectifiers are cheaper than the choice of their operands."""
    cheap = graph("cheap", [ROWS], [("y", mapped(0, ["p"], ("r", Relu(), ("p",))), ("x",))])
    plan = plan_graph(cheap, every(3))
    assert plan.interval_cycles == 1 and cost_tables(plan) == cost_tables(plan_graph(cheap, DesignPoint()))


def test_a_project_tells_what_is_shared() -> None:
    project = to_project(SET, every(3))
    assert project.initiation_interval == 3
    assert [(s.name, s.slices, s.instances, s.slots) for s in project.shared_instances] == [
        ("m", 3, 1, 3),
        ("y", 3, 1, 3),
    ]
    alone = to_project(SET, DesignPoint())
    assert alone.initiation_interval == 1
    assert not any("start" in alone.files[path] for path in alone.sources if path.startswith("core/"))


@pytest.mark.parametrize("number", range(60))
def test_spreading_maps_changes_no_bit(number: int) -> None:
    found = optimize(random_graph(number))
    spread = spread_maps(found)
    stimuli = random_stimuli(found, 50, seed=number)
    before, after = run(found, stimuli).outputs, run(spread, stimuli).outputs
    assert all(np.array_equal(before[name], after[name]) for name in before)
