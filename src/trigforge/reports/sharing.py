"""``Sharing``: which slices share instances, when each instance works, and what that saves and costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trigforge.json_records import OPTIONAL, Count
from trigforge.reports.figures import FieldGroup, Leaf

BITS = {"unit": "bits"}


@dataclass(frozen=True)
class SavedBits(FieldGroup):
    """The bits of adders of one ``Map`` or accumulator: ``built``, and ``apart`` with one instance for each slice."""

    apart: Leaf = field(metadata=BITS)
    built: Leaf = field(metadata=BITS)


@dataclass(frozen=True)
class Occupancy:
    """The instances of one ``Map``, or the accumulators over its slots, and when they work on one event.

    Slice ``s`` runs on instance ``s % instances`` in slot ``s // instances``. The first slot begins in ``begin_cycle``,
    counted from the inputs of the event, the others ``spacing_cycles`` apart; in ``end_cycle`` the last slice has left.
    What ``accumulates`` takes all that leaves in one slot as one slice. ``inside`` names the ``Map``s in whose body it
    stands, from the outside in; cycles are then those of their first slice. ``layers`` are those of the user's model.
    """

    name: str
    layers: tuple[str, ...]
    inside: tuple[str, ...]
    accumulates: bool
    slices: Count
    instances: Count
    slots: Count
    spacing_cycles: Count
    begin_cycle: Count
    end_cycle: Count
    adder_bits: SavedBits

    @property
    def latency_cycles(self) -> int:
        """From the beginning of a slot until its slices have left."""
        return self.end_cycle - self.begin_cycle - (self.slots - 1) * self.spacing_cycles


@dataclass(frozen=True)
class PlannedCost(FieldGroup):
    """The cost of a whole design by its plan: logic in bits of adders, and flip-flops, all instances counted.

    ``choice_bits`` (multiplexers in front of shared instances) and ``accumulator_bits`` are part of ``adder_bits``.
    """

    adder_bits: Leaf = field(metadata=BITS)
    choice_bits: Leaf = field(metadata=BITS)
    accumulator_bits: Leaf = field(metadata=BITS)
    register_bits: Leaf = field(metadata=BITS)


@dataclass(frozen=True)
class ComparedCost(FieldGroup):
    """The cost of a whole design in look-up tables and the tables whose place registers take: with one instance for
    each slice of a ``Map`` (``apart``), and the least with fewer (``shared``)."""

    apart: Leaf = field(metadata={"unit": "LUT"})
    shared: Leaf = field(metadata={"unit": "LUT"})


@dataclass(frozen=True)
class KeptApart:
    """A ``Map`` that has one instance for each of its slices, because the design costs less so."""

    name: str
    layers: tuple[str, ...]
    slices: Count
    cost: ComparedCost


@dataclass(frozen=True)
class Arriving:
    """An input of which ``rows_a_cycle`` of the ``rows`` of its first axis come in a clock cycle, the last ones in
    ``last_cycle``, counted from the first."""

    name: str
    rows: Count
    rows_a_cycle: Count
    last_cycle: Count


@dataclass(frozen=True)
class Sharing:
    """The shared instances of a design point that leaves ``asked_interval`` clock cycles from one event to the next.

    ``interval`` is what became of it; it is less where fewer slots fill the instances. ``built`` is the cost of the
    design, ``apart`` that of one for an interval of 1, with one instance for each slice. ``arriving`` are the inputs
    that do not come all at once.
    """

    asked_interval: Count
    interval: Count
    occupancy: tuple[Occupancy, ...]
    kept_apart: tuple[KeptApart, ...]
    built: PlannedCost
    apart: PlannedCost
    arriving: tuple[Arriving, ...] = field(default=(), metadata=OPTIONAL)

    def leaves(self) -> Iterator[Leaf]:
        """All figures."""
        groups = (self.built, self.apart, *(entry.adder_bits for entry in self.occupancy))
        for group in (*groups, *(entry.cost for entry in self.kept_apart)):
            yield from (leaf for _, _, leaf in group.leaves())
