"""Figures of a report, each with unit and provenance, or the reason why it is missing."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self

from trigforge.design import Resource
from trigforge.errors import ReportFormatError
from trigforge.json_records import Count


class Provenance(StrEnum):
    """The way in which a number was obtained."""

    MEASURED = "measured"
    """simulated or mapped here"""
    ESTIMATED = "estimated"
    """a model's answer; ``Figure.source`` states its error"""
    VENDOR = "vendor"
    """parsed from a report of Vitis or Vivado"""


@dataclass(frozen=True)
class Figure:
    """One number, its unit, how it was obtained and by what (tool, version and report, or model and its error).

    An estimate is never a bare number: it lies between ``low`` and ``high``, and ``source`` says how often.
    ``outside_range`` marks one whose model was not fitted to designs like this. Measured and vendor figures have
    neither; for them ``low`` and ``high`` are None.
    """

    value: int | float
    unit: str
    provenance: Provenance
    source: str
    low: int | float | None = None
    high: int | float | None = None
    outside_range: bool = False

    def __post_init__(self) -> None:
        if self.provenance is not Provenance.ESTIMATED:
            if self.low is not None or self.high is not None or self.outside_range:
                raise ReportFormatError(f"a {self.provenance} figure of {self.value} {self.unit} has no interval")
        elif self.low is None or self.high is None or not self.low <= self.value <= self.high:
            raise ReportFormatError(
                f"the estimate {self.value} {self.unit} needs an interval around it, found {self.low} to {self.high}"
            )

    @property
    def ends(self) -> tuple[int | float, int | float]:
        """The interval of an estimate; for a measured figure, its value twice."""
        return (self.value if self.low is None else self.low), (self.value if self.high is None else self.high)


@dataclass(frozen=True)
class Missing:
    """A number that is missing, with the reason: one sentence that says what would fill it in."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ReportFormatError("a missing figure needs a reason; say what would fill it in")


Leaf = Figure | Missing


class Group(ABC):
    """Figures that belong together; each has a fixed unit, and a figure in another one is refused."""

    def __post_init__(self) -> None:
        for name, unit, leaf in self.leaves():
            if isinstance(leaf, Figure) and leaf.unit != unit:
                raise ReportFormatError(f"{name} is given in {leaf.unit!r}; it is counted in {unit!r}")

    @abstractmethod
    def leaves(self) -> Iterator[tuple[str, str, Leaf]]:
        """Key, unit and figure of each, in a fixed order."""


@dataclass(frozen=True)
class FieldGroup(Group):
    """A group with one field a figure, which has its unit as metadata."""

    def leaves(self) -> Iterator[tuple[str, str, Leaf]]:
        return ((entry.name, entry.metadata["unit"], getattr(self, entry.name)) for entry in fields(self))


@dataclass(frozen=True)
class Latency(FieldGroup):
    """From the first input bit to the last output bit of one event, and how often an event may enter.

    ``cycles`` and ``initiation_interval`` count clock cycles and are worst cases. ``clock_period_ns`` is the period at
    which the design can be clocked according to ``source``, and ``ns`` is ``cycles * clock_period_ns``.
    """

    cycles: Leaf = field(metadata={"unit": "cycles"})
    initiation_interval: Leaf = field(metadata={"unit": "cycles"})
    clock_period_ns: Leaf = field(metadata={"unit": "ns"})
    ns: Leaf = field(metadata={"unit": "ns"})

    @classmethod
    def missing(cls, reason: str) -> Self:
        """Every figure missing for one reason."""
        return cls(**{entry.name: Missing(reason) for entry in fields(cls)})


@dataclass(frozen=True)
class Resources(Group):
    """Occupied resources: a figure for each resource of the target's technology, in its order."""

    figures: Mapping[Resource, Leaf]

    @classmethod
    def missing(cls, technology: type[Resource], reason: str) -> Self:
        """Every figure missing for one reason."""
        return cls({resource: Missing(reason) for resource in technology})

    @classmethod
    def reported(cls, counts: Mapping[Resource, int | Missing | None], source: str) -> Self:
        """Counts of a report, of which ``source`` names tool, version and report; None: it does not count."""
        return cls({resource: _reported(resource, count, source) for resource, count in counts.items()})

    def __getitem__(self, resource: Resource) -> Leaf:
        return self.figures[resource]

    def leaves(self) -> Iterator[tuple[str, str, Leaf]]:
        return ((resource.value, resource.unit, leaf) for resource, leaf in self.figures.items())


def _reported(resource: Resource, count: int | Missing | None, source: str) -> Leaf:
    match count:
        case None:
            return Missing(f"the report of {source} does not count {resource.unit}")
        case Missing():
            return count
        case int():
            return Figure(count, resource.unit, Provenance.VENDOR, source)


@dataclass(frozen=True)
class Verification:
    """One simulator compared with the emulator's reference, bit for bit.

    ``outputs`` counts the output elements of one event, ``mismatches`` the output elements that differ over all events.
    """

    simulator: str
    events: Count
    outputs: Count
    mismatches: Count

    @property
    def agrees(self) -> bool:
        """At least one output was compared, and none differed."""
        return self.mismatches == 0 and self.events > 0 and self.outputs > 0
