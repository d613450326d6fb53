"""``Campaign``: what became of the flips of a fault-injection campaign, by place; and its file ``faults.json``."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

from trigforge.design import Redundancy
from trigforge.json_records import Codec, Count, print_json
from trigforge.menu import Estimate
from trigforge.menu.binomial import clopper_pearson
from trigforge.project import Shell

K = TypeVar("K", bound=Hashable)
_CODEC = Codec("fault-injection campaign", "trigforge faults")


class Kind(StrEnum):
    """The kinds of places that a single-event upset can hit."""

    DATA = "data"
    """registers behind pipeline stages, and those in which values wait"""
    CONTROL = "control"
    """valid bits, starts of events, counters of slots; handshakes, pointers and counters of the shell"""
    ACCUMULATORS = "accumulators"
    """sums and extrema over the slots of an event"""
    WEIGHTS = "weights"
    """registers that hold register inputs: of a register file, the bank in use"""
    IMAGE = "image"
    """the bank of a register file into which the next image is written"""
    LOADING = "loading"
    """all else of a register file and its bus: what checks an image, and says which one is in use"""
    FIFO = "fifo"
    """words of memory in which results wait"""
    VOTERS = "voters"
    """outputs of majority voters, which glitch for one clock cycle"""


@dataclass(frozen=True)
class Counts:
    """Flips, and what became of them.

    ``wrong``: an output, or its valid, differed from the run without the flip. Of all others, ``corrected`` hit one
    copy of a triplicated register, which was outvoted and held its value again behind the next edge; ``latent`` left
    some register wrong when the observation ended; of the rest, ``masked``, the logic made nothing. A copy of a word of
    a FIFO is ``corrected`` too, which is outvoted until the word is written anew.
    """

    masked: Count = 0
    corrected: Count = 0
    latent: Count = 0
    wrong: Count = 0

    @property
    def flips(self) -> int:
        """All."""
        return self.masked + self.corrected + self.latent + self.wrong

    def share(self, name: str) -> Estimate:
        """The share of one outcome with its Clopper-Pearson interval of 68 %; of no flips, from 0 to 1."""
        count, flips = int(getattr(self, name)), self.flips
        if not flips:
            return Estimate(0.0, 0.0, 1.0)
        low, high = clopper_pearson(count, flips)
        return Estimate(count / flips, float(low[0]), float(high[0]))

    @staticmethod
    def total(entries: Iterable["Counts"]) -> "Counts":
        """Their sum."""
        all_of = list(entries)
        return Counts(*(sum(getattr(entry, own.name) for entry in all_of) for own in fields(Counts)))


@dataclass(frozen=True)
class PlaceCounts:
    """The registers of one kind, layer of the user's model (empty where it is no layer's) and pipeline cycle.

    ``cycle`` is the clock cycle, from the first inputs of an event, whose end loads them for its first slice; None for
    what waits over several, and for what is no part of the pipeline. ``bits`` counts what can be flipped.
    """

    kind: Kind
    layer: str
    cycle: int | None
    bits: Count
    counts: Counts


def grouped(places: Iterable[PlaceCounts], key: Callable[[PlaceCounts], K]) -> dict[K, tuple[int, Counts]]:
    """Bits and counts of the places of each ``key``, in the order in which the keys come."""
    groups: dict[K, list[PlaceCounts]] = {}
    for place in places:
        groups.setdefault(key(place), []).append(place)
    return {
        own: (sum(place.bits for place in group), Counts.total(place.counts for place in group))
        for own, group in groups.items()
    }


@dataclass(frozen=True)
class SinglePoint:
    """One bit of a place that triplication does not protect: its instance in the Verilog, and flips that came out."""

    name: str
    bit: Count
    kind: Kind
    wrong: Count


@dataclass(frozen=True)
class Campaign:
    """A fault-injection campaign on one design.

    ``digest`` is that of the graph, ``redundancy`` that of the design, whose ``shell`` was hit. The core takes events
    every ``interval_cycles``; flips were at least ``spacing_cycles`` apart, which is for how long outputs were compared
    behind each. ``shares`` are the stated proportions by kind; empty: in proportion to the bits. ``single_points``
    lists every bit at which a flip came out wrong; of a design without redundancy, whose every register is one, none.
    """

    model: str
    version: int
    digest: str
    redundancy: Redundancy
    shell: Shell
    latency_cycles: Count
    interval_cycles: Count
    spacing_cycles: Count
    events: Count
    seed: int
    shares: Mapping[str, float]
    places: tuple[PlaceCounts, ...]
    single_points: tuple[SinglePoint, ...]

    @property
    def counts(self) -> Counts:
        """Those of all places."""
        return Counts.total(place.counts for place in self.places)

    @property
    def kinds(self) -> Mapping[Kind, tuple[int, Counts]]:
        """Bits and counts of each kind that the design has."""
        found = grouped(self.places, lambda place: place.kind)
        return {kind: found[kind] for kind in Kind if kind in found}

    @property
    def unexpected(self) -> int:
        """The flips outside of voters that triplication should have made harmless and did not."""
        if self.redundancy is Redundancy.NONE:
            return 0
        counts = [place.counts for place in self.places if place.kind is not Kind.VOTERS]
        return sum(entry.wrong + entry.latent for entry in counts)


def to_json(campaign: Campaign) -> str:
    """The text of ``faults.json``."""
    return print_json(_CODEC.form(campaign), 1)


def from_json(text: str, name: str = "faults.json") -> Campaign:
    """The campaign of a file's text; ``ReportFormatError`` names what is wrong with it."""
    return _CODEC.parse(Campaign, text, name)
