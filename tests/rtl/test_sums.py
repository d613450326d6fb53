"""Sums out of adders of three operands: the same values in no more stages, with as few adders as there can be."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agreement.generator import optimized_graph
from tests.rtl.graphs import CORNERS, RELOADED
from tests.rtl.test_schedule import regions_of
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.fold import Fold
from trigforge.rtl.gates import Add, AddThree, Bits, Input, Op
from trigforge.rtl.hierarchy import Element, Item, Module, Net, Region, with_regions
from trigforge.rtl.interpret import run_region
from trigforge.rtl.regions import module_of_graph
from trigforge.rtl.schedule import alive, schedule
from trigforge.rtl.signals import Ends
from trigforge.rtl.sums import fewer_adders

LONG = 1e3
"""a stage in which everything has time"""


def with_fewer_adders(module: Module, limit_ns: float) -> Module:
    return with_regions(module, lambda region: fewer_adders(region, limit_ns))


PAIRS = [
    (before, after, limit)
    for limit in (0.3, 1.1, 3.5, LONG)
    for graph in [*(optimized_graph(n) for n in range(8)), *CORNERS.values(), *RELOADED.values()]
    for module in [module_of_graph(graph)]
    for before, after in zip(regions_of(module), regions_of(with_fewer_adders(module, limit)), strict=True)
]


def improved(region: Region, limit_ns: float = LONG) -> Region:
    nets = tuple(Net(-1, 0, port) for port in range(len(region.inputs)))
    module = Module("m", region.inputs, (Item("r", region, (nets,), Fold(1)),), ())
    (item,) = with_fewer_adders(module, limit_ns).items
    assert isinstance(item.content, Region)
    return item.content


def outputs(region: Region, seed: int = 0) -> list[list[int]]:
    """The outputs for random inputs and all ends of their ranges."""
    numbers = np.random.default_rng(seed)
    values = [
        np.array(
            [element.ends.lo, element.ends.hi, *numbers.integers(element.ends.lo, element.ends.hi + 1, 60).tolist()]
        )
        for element in region.inputs
    ]
    found = run_region(region, [numbers.permutation(own) for own in values])
    return [np.broadcast_to(found[gate], 62).tolist() for gate in region.outputs]


def gates_of(region: Region) -> Counter[type[Op]]:
    return Counter(type(region.circuit.gates[gate].op) for gate in alive(region.circuit, region.outputs))


def stages(region: Region, limit_ns: float) -> int:
    return schedule(region.circuit, region.outputs, region.static, limit_ns).latency_cycles


def test_regions_compute_the_same_in_no_more_stages() -> None:
    changed = 0
    for before, after, limit in PAIRS:
        assert outputs(after) == outputs(before)
        assert stages(after, limit) <= stages(before, limit)
        assert after.inputs == before.inputs
        ports = [gate.op.port for gate in after.circuit.gates if isinstance(gate.op, Input)]
        assert sorted(ports) == list(range(len(after.inputs)))
        assert set(after.names.values()) <= set(before.names.values())
        changed += after is not before
    assert changed > 10


def inputs(count: int) -> tuple[Circuit, tuple[Element, ...], list[int]]:
    """A new circuit with so many inputs of 4 bits, and their gates."""
    circuit = Circuit(tensor="y")
    elements = tuple(Element("x", n, Ends(-8, 7, 0)) for n in range(count))
    return circuit, elements, [circuit.input(n, -8, 7) for n in range(count)]


def chain(signs: str, width: int = 6) -> Region:
    """The sum of inputs, one after the other, with their signs."""
    circuit = Circuit(tensor="y")
    elements = tuple(Element("x", n, Ends(-(1 << width - 1), (1 << width - 1) - 1, 0)) for n in range(len(signs)))
    entered = [circuit.input(n, element.ends.lo, element.ends.hi) for n, element in enumerate(elements)]
    total = circuit.literal(0) if signs[0] == "-" else entered.pop(0)
    for sign, x in zip(signs[len(signs) - len(entered) :], entered, strict=True):
        total = circuit.make(Add(0, 0, sign == "-"), (total, x))
    return Region("y", circuit, elements, (total,), {total: ("y", 0)})


@pytest.mark.parametrize("signs", ("+++", "+-+", "---", "++++", "-+-+-", "++-++-+--+", "-" * 9, "+" * 27))
def test_a_sum_takes_half_as_many_adders(signs: str) -> None:
    before = chain(signs)
    after = improved(before)
    assert outputs(after) == outputs(before)
    terms = len(signs) + (set(signs) == {"-"})
    found = gates_of(after)
    assert found[AddThree] == (terms - 1) // 2
    assert found[Add] == (terms - 1) % 2
    assert after.names == {after.outputs[0]: ("y", 0)}


def test_an_input_that_nothing_reads_stays_a_port() -> None:
    before = chain("+++")
    spare = Element("x", 3, Ends(0, 1, 0))
    before.circuit.input(3, 0, 1)
    after = improved(replace(before, inputs=(*before.inputs, spare)))
    assert [gate.op.port for gate in after.circuit.gates if isinstance(gate.op, Input)] == [0, 1, 2, 3]
    assert gates_of(after)[AddThree] == 1


def test_a_sum_that_would_end_too_late_stays_as_it_is() -> None:
    circuit, elements, (a, b, c, d) = inputs(4)
    halves = circuit.make(Add(0, 0, False), (a, b)), circuit.make(Add(0, 0, True), (c, d))
    top = circuit.make(Add(0, 0, False), halves)
    region = Region("y", circuit, elements, (top,), {top: ("y", 0)})
    assert stages(region, 1.4) == 1
    assert gates_of(improved(region, 1.4))[AddThree] == 0
    assert gates_of(improved(region, 2.0))[AddThree] == 1


def test_a_sum_that_is_read_twice_or_handed_out_stays() -> None:
    circuit, elements, (a, b, c) = inputs(3)
    inner = circuit.make(Add(0, 1, False), (a, b))
    twice = circuit.make(Add(3, 0, True), (inner, inner))
    outer = circuit.make(Add(0, 0, False), (inner, c))
    for read in ((twice,), (inner, outer), (twice, outer)):
        region = Region("y", circuit, elements, read, {})
        assert improved(region) is region


def test_sums_that_turn_out_to_be_the_same_are_handed_out_once() -> None:
    circuit, elements, (a, b, c) = inputs(3)
    one = circuit.make(Add(0, 0, False), (circuit.make(Add(0, 0, False), (a, b)), c))
    other = circuit.make(Add(0, 0, False), (a, circuit.make(Add(0, 0, False), (b, c))))
    region = Region("y", circuit, elements, (one, other), {})
    nets = tuple(Net(-1, 0, port) for port in range(3))
    module = Module("m", elements, (Item("r", region, (nets,), Fold(1)),), (Net(0, 0, 1), Net(0, 0, 0)))
    made = with_fewer_adders(module, LONG)
    content = made.items[0].content
    assert isinstance(content, Region) and len(content.outputs) == 1
    assert made.outputs == (Net(0, 0, 0), Net(0, 0, 0))


def test_zeros_behind_a_sum_do_not_keep_it_apart() -> None:
    circuit, elements, (a, b, c) = inputs(3)
    inner = circuit.shifted(circuit.make(Add(0, 0, True), (a, b)), 3)
    outer = circuit.make(Add(0, 0, True), (c, inner))
    region = Region("y", circuit, elements, (outer,), {})
    after = improved(region)
    assert gates_of(after)[AddThree] == 1 and outputs(after) == outputs(region)
    kept = replace(region, outputs=(outer, inner))
    assert gates_of(improved(kept))[AddThree] == 0


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_sums_of_sums(data: st.DataObject) -> None:
    """Random adders on random earlier values, with shifts, signs and zeros, read by others and not."""
    circuit = Circuit(tensor="y")
    ends = data.draw(st.lists(st.tuples(st.integers(-9, 0), st.integers(0, 9)), min_size=2, max_size=6))
    elements = tuple(Element("x", n, Ends(lo, hi + (lo == hi), 0)) for n, (lo, hi) in enumerate(ends))
    values = [circuit.input(n, element.ends.lo, element.ends.hi) for n, element in enumerate(elements)]
    values.append(circuit.literal(data.draw(st.integers(-3, 3))))
    for _ in range(data.draw(st.integers(2, 14))):
        first, second = (data.draw(st.sampled_from(values)) for _ in range(2))
        places = data.draw(st.sampled_from([(0, 0), (0, 2), (3, 0)]))
        made = circuit.make(Add(*places, data.draw(st.booleans())), (first, second))
        values.append(circuit.shifted(made, data.draw(st.sampled_from([0, 0, 0, 1, 3]))))
        if data.draw(st.integers(0, 5)) == 0:
            width = max(circuit.gates[made].width - 1, 1)
            values.append(circuit.make(Bits(1, width, circuit.gates[made].signed), (made,)))
    last = data.draw(st.lists(st.sampled_from(values[len(ends) :]), min_size=1, max_size=3, unique=True))
    region = Region("y", circuit, elements, tuple(last), {})
    limit = data.draw(st.sampled_from([0.5, 1.2, 2.5, LONG]))
    after = improved(region, limit)
    assert outputs(after) == outputs(region)
    assert stages(after, limit) <= stages(region, limit)
