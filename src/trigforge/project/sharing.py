"""Values of an ``RtlProject`` about its shared instances: what they are, save and cost, and what is kept apart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SharedInstances:
    """The hardware of a ``Map``, or what accumulates over its slots: ``slices`` on ``instances``, one behind the other.

    Slice ``s`` runs on instance ``s % instances`` in slot ``s // instances``. Slots begin ``spacing_cycles`` apart, the
    first ``start_cycle`` clock edges after the inputs of the event; a slice leaves ``latency_cycles`` after its slot
    begins. ``inside`` names the ``Map``s in whose body it stands, from the outside in, and cycles are those of their
    first slice. An accumulator, with what joins the instances in front of it, takes one slice a slot. ``layers`` are
    those of the user's model. ``adder_bits`` is the cost of all its instances, choices of operands left out, and
    ``adder_bits_apart`` that of one instance for each slice.
    """

    name: str
    inside: tuple[str, ...]
    layers: tuple[str, ...]
    accumulates: bool
    slices: int
    instances: int
    slots: int
    spacing_cycles: int
    start_cycle: int
    latency_cycles: int
    adder_bits: float
    adder_bits_apart: float


@dataclass(frozen=True)
class PlannedCost:
    """The cost of a whole design by its plan: logic in bits of adders, and flip-flops, all instances counted.

    ``choice_bits`` (multiplexers of operands) and ``accumulator_bits`` are part of ``adder_bits``.
    """

    adder_bits: float
    choice_bits: float
    accumulator_bits: float
    register_bits: int


@dataclass(frozen=True)
class KeptApart:
    """A ``Map`` with one instance for each of its slices, because the design costs less so.

    ``cost_apart`` is that of the whole design so, ``cost_shared`` the least with fewer instances, both in look-up
    tables and the tables whose place registers take.
    """

    name: str
    layers: tuple[str, ...]
    slices: int
    cost_apart: float
    cost_shared: float


@dataclass(frozen=True)
class Sharing:
    """The ``asked_interval`` of a design point in clock cycles, and the cost of the design as ``built`` for it and
    for an interval of 1 (``apart``), with one instance for each slice."""

    asked_interval: int
    built: PlannedCost
    apart: PlannedCost
    kept_apart: tuple[KeptApart, ...]
