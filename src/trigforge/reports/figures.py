"""The entries of a report: figures with unit and provenance, or the reason why a figure is missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self

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


class _Group:
    """Figures that belong together; each field's unit is fixed, and a figure in another unit is refused."""

    def __post_init__(self) -> None:
        for name, unit, leaf in self.leaves():
            if isinstance(leaf, Figure) and leaf.unit != unit:
                raise ReportFormatError(f"{name} is given in {leaf.unit!r}; it is counted in {unit!r}")

    def leaves(self) -> Iterator[tuple[str, str, Leaf]]:
        """Name, unit and figure of each field, in the order of the class."""
        for name, unit in self.units().items():
            yield name, unit, getattr(self, name)

    @classmethod
    def units(cls) -> dict[str, str]:
        """Unit of each field."""
        return {entry.name: entry.metadata["unit"] for entry in fields(cls)}  # pyright: ignore[reportArgumentType]

    @classmethod
    def missing(cls, reason: str) -> Self:
        """Every figure missing for one reason."""
        return cls(**{name: Missing(reason) for name in cls.units()})


@dataclass(frozen=True)
class Latency(_Group):
    """From the first input bit to the last output bit of one event, and how often an event may enter.

    ``cycles`` and ``initiation_interval`` count clock cycles and are worst cases. ``clock_period_ns`` is the period at
    which the design can be clocked according to ``source``, and ``ns`` is ``cycles * clock_period_ns``.
    """

    cycles: Leaf = field(metadata={"unit": "cycles"})
    initiation_interval: Leaf = field(metadata={"unit": "cycles"})
    clock_period_ns: Leaf = field(metadata={"unit": "ns"})
    ns: Leaf = field(metadata={"unit": "ns"})


@dataclass(frozen=True)
class Resources(_Group):
    """Resources of the design: LUTs, flip-flops, bits of carry chains, DSP slices, blocks of 18 kbit RAM, blocks of
    288 kbit UltraRAM.

    ``carry_bits`` counts what the chain blocks span: 8 for each CARRY8 of Vivado, 4 for each CARRY4 of Yosys, which has
    no CARRY8.
    """

    lut: Leaf = field(metadata={"unit": "LUT"})
    ff: Leaf = field(metadata={"unit": "FF"})
    carry_bits: Leaf = field(metadata={"unit": "bits"})
    dsp: Leaf = field(metadata={"unit": "DSP"})
    bram_18k: Leaf = field(metadata={"unit": "BRAM_18K"})
    uram: Leaf = field(metadata={"unit": "URAM"})


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
