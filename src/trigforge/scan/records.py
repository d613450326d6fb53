"""The records of a scan: ``KeptPoint``, one file a point while a scan runs, and ``Scan``, all of it (``scan.json``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigforge.design import DesignPoint, Resource
from trigforge.json_records import Count, described, print_json, table_schema
from trigforge.reports import BudgetLine, Figure, Implementation, Verdict
from trigforge.reports.budget import judged
from trigforge.reports.files import FigureCodec
from trigforge.scan.accuracy import Accuracy
from trigforge.scan.grid import Value


@dataclass(frozen=True)
class KeptPoint:
    """One graph in one design, mapped: all that costs time. ``key`` is the digest of all that made it."""

    key: str
    graph_digest: str
    design: DesignPoint
    implementation: Implementation


@dataclass(frozen=True)
class ScannedNetwork:
    """A network of a scan; ``accuracy`` is None where its training left no note."""

    name: str
    graph_digest: str
    accuracy: Accuracy | None


@dataclass(frozen=True)
class ScanPoint:
    """One design, ``number`` of the grid, of one network; ``values`` are what varies.

    ``implementation`` is that of the Verilog; its cycles are counted in the pipeline, not simulated. ``pareto`` is True
    where no other point is better in something and worse in nothing, see ``scan.pareto``. ``budget`` is empty without
    limits.
    """

    number: Count
    network: ScannedNetwork
    values: Mapping[str, Value]
    design: DesignPoint
    implementation: Implementation
    budget: tuple[BudgetLine, ...]
    pareto: bool = False

    @property
    def cycles(self) -> int:
        """From the first input bit to the last output bit."""
        return int(self._value(self.implementation.latency.cycles))

    @property
    def latency_ns(self) -> float:
        """``cycles`` at the clock of the design."""
        return self.cycles * self.design.target.clock_period_ns

    @property
    def initiation_interval(self) -> int:
        """Cycles from one event to the next."""
        return int(self._value(self.implementation.latency.initiation_interval))

    def mapped(self, resource: Resource) -> int:
        """The count of a resource after mapping."""
        return int(self._value(self.implementation.mapped[resource]))

    @property
    def clock(self) -> Verdict:
        """The verdict of the estimated period on the clock of the design."""
        return judged(self.implementation.latency.clock_period_ns, self.design.target.clock_period_ns, False)

    @property
    def runs(self) -> bool:
        """True unless the estimated period itself, wherever its interval ends, is longer than that of the clock."""
        period = self.implementation.latency.clock_period_ns
        return not isinstance(period, Figure) or period.value <= self.design.target.clock_period_ns

    @property
    def fits(self) -> Verdict | None:
        """The verdict on all limits together; None without any."""
        verdicts = {line.verdict for line in self.budget}
        order = (Verdict.VIOLATED, Verdict.CANNOT_TELL, Verdict.MET)
        return next((verdict for verdict in order if verdict in verdicts), None)

    @staticmethod
    def _value(leaf: Any) -> float:
        assert isinstance(leaf, Figure)  # a point without figures is refused
        return leaf.value


@dataclass(frozen=True)
class RefusedPoint:
    """One design of one network that has no figures, and the reason in one line."""

    number: Count
    network: str
    values: Mapping[str, Value]
    reason: str


@dataclass(frozen=True)
class Scan:
    """Everything known about a grid of designs on some networks, in the order of networks, then of designs.

    ``axes`` has the values of each key of the design file that varies.
    """

    name: str
    axes: Mapping[str, tuple[Value, ...]]
    points: tuple[ScanPoint, ...]
    refused: tuple[RefusedPoint, ...]


_CODEC = FigureCodec("scan", "trigforge scan")


def to_json(scan: Scan) -> str:
    """The text of ``scan.json``: the fields of ``Scan``; figures as in ``report.json``."""
    return print_json(_CODEC.form(scan), 1)


def from_json(text: str, name: str = "scan.json") -> Scan:
    """The scan that ``to_json`` wrote; ``ReportFormatError``, which names ``name``, for anything else."""
    return _CODEC.parse(Scan, text, name)


def kept_to_json(point: KeptPoint) -> str:
    """The text of the file of one point."""
    return print_json(_CODEC.form(point), 1)


def kept_from_json(text: str, name: str) -> KeptPoint:
    """The point that ``kept_to_json`` wrote; ``ReportFormatError`` for anything else."""
    return _CODEC.parse(KeptPoint, text, name)


def design_text(design: DesignPoint) -> str:
    """A design point as one text, the same for equal ones."""
    return print_json(_CODEC.form(design), 1)


def print_schema() -> str:
    """The text of ``scan.schema.json``, from the classes of a scan and their docstrings."""
    definitions: dict[str, Any] = {}
    _CODEC.schema(Scan, definitions)
    scan = definitions.pop("Scan")
    form = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "scan.json of trigforge",
        "description": described(Scan),
        **table_schema(scan["properties"]),
        "$defs": definitions,
    }
    return print_json(form, 2)
