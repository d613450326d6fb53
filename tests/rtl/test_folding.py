"""Instances that slices share: which, when, what it costs, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from tests.agreement.generator import optimized_graph
from tests.rtl.graphs import CORNERS, RELOADED, ROWS, graph, mapped
from trigforge.building import Builder, Quantization, dense, each, quantize, sum_over
from trigforge.design import Arrival, DesignPoint, InputDesign, LayerDesign, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.errors import DesignError
from trigforge.fixed import FixedArray, FixedTypes, Integers
from trigforge.graph import (
    Dense,
    FixedPointGraph,
    GraphInput,
    LeadingOne,
    Lookup,
    Map,
    Op,
    Relu,
    Reshape,
    Sub,
    Sum,
    Table,
)
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
    for found in [*CORNERS.values(), *RELOADED.values(), *(optimized_graph(n) for n in range(60))]
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
    assert_circuits_compute(found, plan)


def assert_circuits_compute(found: FixedPointGraph, plan: PlannedModule) -> None:
    """Equal integers from the emulator and from the gates of a plan; the first event is 0."""
    stimuli = random_stimuli(found, 20, seed=plan.interval_cycles)
    for values in stimuli.values():
        values[0] = 0
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
    project = to_project(cheap, every(3))
    assert project.shared_instances == () and project.sharing is not None
    (kept,) = project.sharing.kept_apart
    assert (kept.name, kept.slices, kept.cost_apart) == ("y", 3, cost_tables(plan))
    assert kept.cost_shared > kept.cost_apart


def test_what_joins_instances_counts_to_its_accumulator() -> None:
    """Two instances in three slots, the last of them with one slice: their sum is one more stage."""
    build = Builder("rows")
    x = build.input("x", (5, 2), "ap_fixed<8,4>")
    y = sum_over(each(x, lambda row: dense(row, FixedArray.of([[11, 3, 5], [7, 13, 19]]))), (0,))
    project = to_project(build.graph([y]), every(3))
    body, joined = project.shared_instances
    assert (body.slices, body.instances, body.slots) == (5, 2, 3)
    assert (joined.accumulates, joined.slices, joined.latency_cycles) == (True, 3, 2)
    assert joined.start_cycle == body.start_cycle + body.latency_cycles
    assert joined.adder_bits + body.adder_bits + project.sharing.built.choice_bits == project.adder_bits  # type: ignore[union-attr]


def test_outputs_of_a_dense_layer_are_compared_with_the_layer() -> None:
    build = Builder("neurons")
    x = build.input("x", (4,), "ap_fixed<8,4>")
    weight = FixedArray.of(np.random.default_rng(1).integers(-99, 99, (4, 8)))
    y = quantize(dense(x, weight), Quantization.of("ap_fixed<6,6>"))
    graph = build.graph([y])
    design = DesignPoint(rtl=RtlDesign(initiation_interval=8, share_neurons=True))
    project, alone = to_project(graph, design), to_project(graph, DesignPoint())
    (shared,) = project.shared_instances
    assert (shared.slices, shared.instances) == (8, 1)
    assert shared.adder_bits < shared.adder_bits_apart <= alone.adder_bits


WEIGHT = FixedArray.of(np.random.default_rng(0).integers(0, 50, (6, 8)) * [1, 2, 4, 8, 1, 2, 4, 8])
"""Outputs of a layer with it have ends and last bits of their own."""
SUMS = 31 * WEIGHT.mantissa.values.sum(axis=0)
TABLES = tuple(Table(0, 0, FixedArray.of(np.arange(total + 1) % 13)) for total in SUMS)


@pytest.mark.parametrize("behind", [Relu(), Reshape((2, 4)), Lookup(TABLES, Integers(range(8))), LeadingOne()])
def test_outputs_of_a_dense_layer_keep_the_types_that_others_need(behind: Op) -> None:
    """They share a multiplier, which has the finest last bit of all; no output of the model is wider for it."""
    x = GraphInput("x", (6,), FixedTypes.from_kif(0, 5, 0))
    found = graph("neurons", [x], [("d", Dense(WEIGHT), ("x",)), ("y", behind, ("d",))])
    found = replace(found, nodes=tuple(replace(node, layers=(node.name,)) for node in found.nodes))
    assert_circuits_compute(
        found, plan_graph(found, DesignPoint(rtl=RtlDesign(initiation_interval=8, share_neurons=True)))
    )
    design = DesignPoint(layers={"d": LayerDesign(instances=1)})
    if isinstance(behind, LeadingOne):
        with pytest.raises(
            DesignError, match=r"'d' cannot share .* or a logarithm behind them needs the types of each"
        ):
            plan_graph(found, design)
    else:
        plan = plan_graph(found, design)
        assert plan.interval_cycles == 8
        assert_circuits_compute(found, plan)


def test_instances_of_a_layer_have_the_cycles_in_which_an_input_arrives() -> None:
    found = replace(SET, nodes=tuple(replace(node, layers=("particle",)) for node in SET.nodes))
    rtl, layers = RtlDesign(initiation_interval=2), {"particle": LayerDesign(instances=1)}
    design = DesignPoint(rtl=rtl, layers=layers, inputs={"x": InputDesign(Arrival.SERIAL)})
    assert plan_graph(found, design).interval_cycles == 3


def test_a_project_tells_what_is_shared() -> None:
    project = to_project(SET, every(3))
    assert project.initiation_interval == 3
    m, y = project.shared_instances
    assert [(s.name, s.slices, s.instances, s.slots) for s in (m, y)] == [("m", 3, 1, 3), ("y", 3, 1, 3)]
    assert (m.accumulates, y.accumulates, m.start_cycle + m.latency_cycles) == (False, True, y.start_cycle)
    assert m.adder_bits_apart == 3 * m.adder_bits
    alone = to_project(SET, DesignPoint())
    assert alone.shared_instances == () and alone.sharing is None
    assert project.sharing is not None and project.sharing.asked_interval == 3
    built, apart = project.sharing.built, project.sharing.apart
    assert (built.adder_bits, apart.adder_bits) == (project.adder_bits, alone.adder_bits)
    assert apart.choice_bits == apart.accumulator_bits == 0 < min(built.choice_bits, built.accumulator_bits)
    choices, *body, accumulator = project.stages
    assert [stage.region for stage in (choices, accumulator)] == ["m.choices", "y"]
    assert all(stage.busy_cycles == 3 for stage in project.stages)
    assert [stage.first_cycle for stage in body] == [m.start_cycle + n for n in range(m.latency_cycles)]
    assert all(stage.busy_cycles == 1 for stage in alone.stages)
    assert alone.initiation_interval == 1
    assert not any("start" in alone.files[path] for path in alone.sources if path.startswith("core/"))


@pytest.mark.parametrize("number", range(60))
def test_spreading_maps_changes_no_bit(number: int) -> None:
    found = optimized_graph(number)
    spread = spread_maps(found)
    stimuli = random_stimuli(found, 50, seed=number)
    before, after = run(found, stimuli).outputs, run(spread, stimuli).outputs
    assert all(np.array_equal(before[name], after[name]) for name in before)
