"""Reductions of the slices of a folded ``Map``: a tree over the slices of one slot, and accumulators over the slots."""

from collections.abc import Sequence

from trigforge.graph.ops import Max, Min, Op, Sum
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.fold import Fold
from trigforge.rtl.hierarchy import Accumulator, Element, Joining, Region
from trigforge.rtl.lower_linear import total
from trigforge.rtl.signals import Ends, Signal, choose, constant, extremum

THERE = Ends(0, 1, 0)
"""a bit that is 1 in slots in which an instance has a slice"""


def joining_of(op: Op) -> Joining:
    """The way in which an accumulator takes values that stands in for a reduction."""
    match op:
        case Sum():
            return Joining.ADD
        case Max():
            return Joining.LARGER
        case Min():
            return Joining.SMALLER
        case _:
            raise ValueError(f"{op} joins nothing")


def partial_region(name: str, joining: Joining, ends: Sequence[Ends], fold: Fold, slices: int) -> Region:
    """The reduction of what all instances hand out in one slot, element by element.

    Inputs are the elements of instance 0, those of instance 1 and so on, then one bit ``THERE`` for each instance that
    has no slice in the last slot; ``ends`` are those of the elements of one slice.
    """
    circuit = Circuit(tensor=name)
    inputs = [Element(name, n, ends[n % len(ends)]) for n in range(fold.instances * len(ends))]
    idle = idle_instances(fold, slices)
    inputs += [Element(f"{name}.there", instance, THERE) for instance in idle]
    entered = [circuit.input(port, element.ends.lo, element.ends.hi) for port, element in enumerate(inputs)]
    there = dict(zip(idle, entered[fold.instances * len(ends) :], strict=True))
    outputs: list[int] = []
    for element, own in enumerate(ends):
        nothing = constant(circuit, {Joining.ADD: 0, Joining.LARGER: own.lo, Joining.SMALLER: own.hi}[joining], own.lsb)
        terms: list[Signal] = []
        for instance in range(fold.instances):
            signal = Signal(entered[instance * len(ends) + element], own.lsb)
            terms.append(choose(circuit, there[instance], signal, nothing) if instance in there else signal)
        joined = _joined(circuit, joining, terms)
        assert joined.lsb == own.lsb
        outputs.append(joined.gate)
    names = {gate: (f"{name}.slot", n) for n, gate in enumerate(outputs)}
    names |= {gate: (element.tensor, element.number) for gate, element in zip(entered, inputs, strict=True)}
    return Region(f"{name}.slot", circuit, tuple(inputs), tuple(outputs), names)


def idle_instances(fold: Fold, slices: int) -> range:
    """The instances that have no slice in the last slot."""
    return range(slices - (fold.slots - 1) * fold.instances, fold.instances)


def accumulator(
    name: str, joining: Joining, entering: Sequence[Ends], leaving: Sequence[Ends], slots: int
) -> Accumulator:
    """The accumulators of all elements; ``entering`` and ``leaving`` are the ends before and behind each."""
    inputs = [Element(f"{name}.slot", n, ends) for n, ends in enumerate([*entering] * slots)]
    return Accumulator(joining, tuple(inputs), tuple(leaving))


def _joined(circuit: Circuit, joining: Joining, terms: Sequence[Signal]) -> Signal:
    if joining is Joining.ADD:
        return total(circuit, terms)
    return extremum(circuit, terms, smaller=joining is Joining.SMALLER)
