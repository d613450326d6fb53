"""Products out of rows that do not fit into a stage: sums of shorter ones, with the same values."""

import numpy as np
import pytest

from tests.rtl.test_schedule import regions_of
from trigforge.building import Builder, multiply
from trigforge.design import DesignPoint, Multipliers, RtlDesign
from trigforge.passes import optimize
from trigforge.rtl.choosing import plan_graph
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.delays import delay_ns
from trigforge.rtl.fold import Fold
from trigforge.rtl.gates import Multiply
from trigforge.rtl.hierarchy import Element, Item, Module, Net, Region
from trigforge.rtl.interpret import run_region
from trigforge.rtl.products import with_short_products
from trigforge.rtl.signals import Ends

ENDS = {"signed": (-(1 << 15), (1 << 15) - 1), "unsigned": (0, (1 << 11) - 1), "odd": (-(1 << 6), 90)}


def product(*ends: tuple[int, int]) -> Module:
    circuit = Circuit(tensor="y")
    elements = tuple(Element("x", n, Ends(lo, hi, 0)) for n, (lo, hi) in enumerate(ends))
    entered = [circuit.input(n, lo, hi) for n, (lo, hi) in enumerate(ends)]
    made = circuit.make(Multiply(), entered if len(entered) == 2 else entered * 2)
    region = Region("y", circuit, elements, (made,), {made: ("y", 0)})
    nets = tuple(Net(-1, 0, port) for port in range(len(ends)))
    return Module("m", elements, (Item("y", region, (nets,), Fold(1)),), (Net(0, 0, 0),))


@pytest.mark.parametrize("limit_ns", (0.3, 1.0, 2.2, 3.5))
@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", [*ENDS, None])
def test_every_part_fits_and_the_sum_is_the_product(first: str, second: str | None, limit_ns: float) -> None:
    ends = [ENDS[name] for name in (first, second) if name]
    (region,) = regions_of(with_short_products(product(*ends), limit_ns))
    numbers = np.random.default_rng(3)
    events = [np.array([lo, hi, 0, 1, *numbers.integers(lo, hi + 1, 200).tolist()]) for lo, hi in ends]
    events = [numbers.permutation(own) for own in events]
    found = run_region(region, events)[region.outputs[0]]
    assert found.tolist() == (events[0] * events[-1]).tolist()
    gates = region.circuit.gates
    for gate in gates:
        if isinstance(gate.op, Multiply) and delay_ns(region.circuit, gate) > limit_ns:
            assert min(gates[operand].width for operand in gate.operands) <= 2
    assert region.names == {region.outputs[0]: ("y", 0)}


def test_what_fits_stays() -> None:
    module = product((-8, 7), (-8, 7))
    assert regions_of(with_short_products(module, 3.5))[0] is regions_of(module)[0]


def test_the_stages_of_a_wide_product_are_as_short_as_asked_unless_it_is_in_a_dsp_slice() -> None:
    build = Builder("wide")
    x, y = build.input("x", (1,), "ap_fixed<16,8>"), build.input("y", (1,), "ap_fixed<16,8>")
    graph = optimize(build.graph([multiply(x, y)]))
    stages = {
        kind: plan_graph(graph, DesignPoint(rtl=RtlDesign(multipliers=kind, stage_delay_ns=2.0))).latency_cycles
        for kind in Multipliers
    }
    assert stages[Multipliers.LUT] > stages[Multipliers.DSP] == 1
