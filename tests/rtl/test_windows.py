"""Windows of convolutions as slices: plans of random networks, and where sharing them pays."""

import numpy as np
import pytest

from tests.agreement.convolutions import random_network
from trigforge.building import Builder, Quantization, Steps, conv, quantize, relu
from trigforge.design import DesignPoint, LayerDesign, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.errors import DesignError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.passes.spread_maps import Spread, spread_maps
from trigforge.rtl import to_project
from trigforge.rtl.choosing import choose_plan, cost_tables, plan_apart
from trigforge.rtl.connections import Switched
from trigforge.rtl.fold import Folding
from trigforge.rtl.hierarchy import Net
from trigforge.rtl.interpret import run_graph
from trigforge.rtl.plan import plan_module, plan_region
from trigforge.rtl.regions import module_of_graph
from trigforge.rtl.timetable import faults


def every(interval: int, **layers: int) -> DesignPoint:
    asked = {name: LayerDesign(instances=count) for name, count in layers.items()}
    return DesignPoint(rtl=RtlDesign(initiation_interval=interval), layers=asked)


def track(length: int = 12, filters: int = 6, types: FixedTypes | None = None) -> FixedPointGraph:
    """Two convolutions of three places, the second of every other; ``types`` are those between them."""
    random = np.random.default_rng(3)
    build = Builder("track")
    x = build.input("x", (length, 3), "ap_fixed<5,3>")
    between = Quantization.of("ap_ufixed<5,3>", "RND")
    with build.layer("wide", kind="Conv1D"):
        x = relu(conv(x, FixedArray.of(random.integers(-31, 32, (3, 3, filters)), -4), None, Steps((1,), "same")))
        x = quantize(x, between if types is None else Quantization(types, between.rounding, between.overflow))
    with build.layer("narrow", kind="Conv1D"):
        x = conv(x, FixedArray.of(random.integers(-31, 32, (3, filters, 4)), -4), None, Steps((2,), "same"))
    return optimize(build.graph([x]))


@pytest.mark.parametrize("number", range(28))
def test_a_plan_of_windows_is_sound_and_computes_what_the_graph_says(number: int) -> None:
    found, events = random_network(number), 30
    stimuli = random_stimuli(found, events, seed=number)
    expected = run(found, stimuli).outputs
    for interval in (2, 3, 16):
        spread = spread_maps(found, Spread(tables=interval != 3))
        module = module_of_graph(spread, Folding(interval), found.tensors)
        plan = plan_module(module, lambda region: plan_region(region, 3.0))
        assert list(faults(plan, plan.interval_cycles)) == []
        made = iter(run_graph(found, plan.module, stimuli).outputs)
        for name in dict.fromkeys(found.outputs):
            interval_of = found.tensors[name]
            for element, places in enumerate((interval_of.lsb.values - interval_of.hull_lsb).reshape(-1).tolist()):
                output = np.broadcast_to(next(made), events)
                moved = output << (places if output.any() else 0)
                assert np.array_equal(moved, expected[name].reshape(events, -1)[:, element])


@pytest.mark.parametrize("number", range(28))
def test_sharing_never_costs_more_than_not_sharing(number: int) -> None:
    found = random_network(number)
    for interval in (2, 8):
        plan = choose_plan(found, every(interval)).plan
        assert cost_tables(plan) <= cost_tables(plan_apart(found, every(interval)))


def test_windows_share_instances_and_read_each_other_in_time() -> None:
    """Zeros of the padding are switched to; all else comes from the instances of the former convolution."""
    found = track()
    project, alone = to_project(found, every(6)), to_project(found, DesignPoint())
    assert project.initiation_interval == 6 and project.adder_bits < 0.4 * alone.adder_bits
    assert [(s.layers, s.slices, s.instances) for s in project.shared_instances] == [
        (("wide",), 12, 2),
        (("narrow",), 6, 1),
    ]
    (_, second) = (p for p in choose_plan(found, every(6)).plan.items if p.item.fold.slots > 1)
    switched = [found for _, found in second.waiting]
    assert switched and all(isinstance(found, Switched) for found in switched)
    assert all(found.inputs == 2 and any(not isinstance(s, Net) for s in found.sources) for found in switched)  # type: ignore[union-attr]


def test_types_of_their_own_do_not_keep_windows_from_each_other() -> None:
    """The types of each place come out of tables: the second convolution need not wait for all of the first."""
    places = np.arange(12)[:, None]
    found = track(types=FixedTypes.from_kif(0, 3 - places % 2, places % 3))
    choice = choose_plan(found, every(6))
    assert choice.spread.tables
    first, second = (p for p in choice.plan.items if p.item.fold.slots > 1)
    assert second.start_cycle < first.cycle_before(first.item.fold.slots - 1) + first.latency_cycles


def test_a_small_convolution_stays_whole_and_the_report_says_so() -> None:
    build = Builder("small")
    x = build.input("x", (6, 1), "ap_fixed<8,4>")
    with build.layer("smooth", kind="Conv1D"):
        x = conv(x, FixedArray.of([[[1]], [[2]], [[1]]]), None, Steps((1,), "valid"))
    found = build.graph([x])
    project, alone = to_project(found, every(4)), to_project(found, DesignPoint())
    assert (project.adder_bits, project.initiation_interval) == (alone.adder_bits, 1)
    assert project.sharing is not None and project.shared_instances == ()
    (kept,) = project.sharing.kept_apart
    assert (kept.layers, kept.slices) == (("smooth",), 4) and kept.cost_apart < kept.cost_shared
    with pytest.raises(DesignError, match="has 4 slices; instances = 5 is too many"):
        to_project(found, every(4, smooth=5))
    assert to_project(found, every(4, smooth=1)).initiation_interval == 4


def test_a_convolution_of_one_position_has_no_slices() -> None:
    build = Builder("one")
    x = build.input("x", (3, 2), "ap_fixed<8,4>")
    with build.layer("all", kind="Conv1D"):
        x = conv(x, FixedArray.of(np.ones((3, 2, 2), int)), None, Steps((1,), "valid"))
    with pytest.raises(DesignError, match="layer 'all' works on the whole event at once"):
        to_project(build.graph([x]), every(4, all=1))
