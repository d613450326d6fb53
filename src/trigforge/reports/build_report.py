"""``BuildReport``: everything known about one build of one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from trigforge.coverage import Coverage
from trigforge.design import DesignPoint
from trigforge.graph import Approximation, Comparison
from trigforge.json_records import OPTIONAL, Count
from trigforge.project import Multiplications
from trigforge.reports.figures import Figure, Latency, Leaf, Resources, Verification
from trigforge.reports.quality import Quality
from trigforge.reports.sharing import Sharing


class BuildRoute(StrEnum):
    """A route that builds firmware."""

    HLS = "HLS"
    """HLS C++ for Vitis or Vivado HLS"""
    RTL = "RTL"
    """pipelined Verilog"""


@dataclass(frozen=True)
class PipelineStage:
    """One pipeline stage of one region (the body of a ``Map``, or what stands between two), mapped by itself.

    Counts are those of one copy; the design holds ``copies``. ``layers`` are the tensors whose logic the stage holds,
    in order. ``logic_ns`` is the longest path from register to register by the timing model before its fit to whole
    designs. ``first_cycle`` is the clock cycle, from the first input bit, in which the stage works. Where slices share
    it, it works on the first in that cycle and on the last of the event in the last of ``busy_cycles``.
    """

    region: str
    stage: Count
    copies: Count
    first_cycle: Count
    layers: tuple[str, ...]
    lut: Count
    ff: Count
    carry_bits: Count
    dsp: Count
    bram_18k: Count
    logic_ns: float
    busy_cycles: Count = field(default=1, metadata=OPTIONAL)


@dataclass(frozen=True)
class NodeCost:
    """One node of the graph as it was built; what is mapped stage by stage is shared out by the bits of its adders.

    ``lut`` and ``ff`` count all copies. ``first_cycle`` to ``last_cycle`` are the clock cycles in which its logic
    works. ``layers`` are those of the user's model that it comes from.
    """

    name: str
    layers: tuple[str, ...]
    lut: float
    ff: float
    first_cycle: Count
    last_cycle: Count


@dataclass(frozen=True)
class Layer:
    """One layer of the user's model, with its class (``QDense``) and what was built of it.

    A node that was made of several layers is told with the first of them. An input, whose registers cost flip-flops,
    has the kind ``Input``. What belongs to no layer has none; nodes of a graph without layers bear their ops.
    ``bit_operations`` are those of its products and tables, as EBOPs count them.
    """

    name: str
    kind: str
    nodes: tuple[NodeCost, ...]
    bit_operations: Count = field(default=0, metadata=OPTIONAL)

    @property
    def lut(self) -> float:
        """Of all nodes."""
        return sum(node.lut for node in self.nodes)

    @property
    def ff(self) -> float:
        """Of all nodes."""
        return sum(node.ff for node in self.nodes)

    @property
    def cycles(self) -> range:
        """The clock cycles in which its logic works; empty where it has none."""
        if not self.nodes:
            return range(0)
        return range(min(node.first_cycle for node in self.nodes), max(node.last_cycle for node in self.nodes) + 1)


@dataclass(frozen=True)
class Implementation:
    """Figures of the design that one route builds.

    ``mapped`` counts resources after synthesis (Yosys here, csynth or Vivado's synthesis), ``placed`` after place and
    route (Vivado, else estimated). ``stages``, ``layers`` (in the order of the model) and ``multiplications`` are empty
    where the route does not tell them. ``sharing`` is None where no slices may share instances.
    """

    route: BuildRoute
    latency: Latency
    mapped: Resources
    placed: Resources
    stages: tuple[PipelineStage, ...] = ()
    layers: tuple[Layer, ...] = ()
    multiplications: tuple[Multiplications, ...] = ()
    sharing: Sharing | None = field(default=None, metadata=OPTIONAL)


class Verdict(StrEnum):
    """The verdict of a figure on a limit."""

    MET = "met"
    VIOLATED = "violated"
    CANNOT_TELL = "cannot tell"
    """the limit lies inside the interval of an estimate, or the figure is missing"""


@dataclass(frozen=True)
class BudgetLine:
    """One limit of the design file's ``[budget]``, what was found, and what to change (empty where it is met).

    ``found`` is in ``unit``, after all conversions (percent of a die, MHz). ``limit`` is the largest value allowed, or
    the smallest if ``at_least``.
    """

    key: str
    limit: float
    unit: str
    found: Leaf
    verdict: Verdict
    message: str
    at_least: bool = False


@dataclass(frozen=True)
class GraphNode:
    """One tensor of the graph, for its picture: ``kind`` is the op's class, or ``Input``.

    ``type`` is the hull, ``widths`` maps the bits of an element to the number of elements that have so many (0:
    pruned). ``body_of`` names the ``Map`` whose body the tensor belongs to, ``copies`` how often that is built.
    Operands are tensors of the same body, else of what stands around it; those of a body's ``Input`` stand around it.
    The output of a body has ``is_output`` set. ``layers`` are those of the user's model that it comes from.
    """

    name: str
    kind: str
    operands: tuple[str, ...]
    shape: tuple[Count, ...]
    type: str
    widths: Mapping[int, Count]
    is_output: bool = False
    body_of: str | None = None
    copies: Count = 1
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Making:
    """The circumstances of a build: its ``date`` (UTC, to the minute, ISO 8601), the file of the trained model with its
    SHA-256, the file of events, and the ``command`` that makes it again; empty where they are not known."""

    date: str = ""
    checkpoint: str = ""
    checkpoint_sha256: str = ""
    events: str = ""
    command: str = ""


@dataclass(frozen=True, repr=False)
class BuildReport:
    """Everything known about one build of one model.

    ``graph_digest`` identifies what is computed, ``design`` how it is built, ``environment`` maps the names of tools to
    their versions, ``notices`` say in one sentence each what could not be done, or was done otherwise than asked, and
    what would change that. ``coverage`` is of the events that the build was verified on, or of the first of them; None
    where they were made up. ``approximations`` are tensors that differ from the model; ``comparison`` is that of the
    graph with its model, None where there is no model. ``quality`` is that of the firmware on events with labels.
    ``making`` tells when and from what it was made.
    """

    model: str
    graph_digest: str
    design: DesignPoint
    verification: tuple[Verification, ...]
    implementations: tuple[Implementation, ...]
    environment: Mapping[str, str]
    budget: tuple[BudgetLine, ...] = ()
    graph: tuple[GraphNode, ...] = ()
    coverage: Coverage | None = None
    notices: tuple[str, ...] = ()
    approximations: tuple[Approximation, ...] = ()
    comparison: Comparison | None = None
    quality: Quality | None = None
    making: Making | None = field(default=None, metadata=OPTIONAL)

    def __repr__(self) -> str:
        from trigforge.reports import wording

        cycles = self.latency.cycles
        told = f", {wording.quantity(cycles)}" if isinstance(cycles, Figure) else ""
        return f"BuildReport({self.model!r}, {wording.verification_headline(self)}{told})"

    def _repr_html_(self) -> str:
        from trigforge.reports.html import framed, render_html

        return framed(render_html(self), 720)

    def summary(self) -> str:
        """The report as text, as ``trigforge synth`` prints it."""
        from trigforge.reports.terminal import as_text

        return as_text(self)

    def plot(self, path: Path | None = None) -> Any:
        """A figure of matplotlib: resources of each clock cycle, and the curves or residuals of labelled events.

        ``path`` (.svg, .png, .pdf) writes it too. Raises ``ToolMissingError`` without matplotlib.
        """
        from trigforge.reports.plot import plot_report

        return plot_report(self, path)

    def show(self) -> None:
        """Open the page of the report: in a notebook below the cell, else in a browser."""
        from trigforge.reports.showing import show

        show(self)

    @property
    def verified(self) -> bool:
        """Every simulator agrees on every event, and there is at least one."""
        return bool(self.verification) and all(entry.agrees for entry in self.verification)

    @property
    def principal(self) -> Implementation | None:
        """The implementation that is shown first: the Verilog, else the one that was built first."""
        return self.implementation(BuildRoute.RTL) or next(iter(self.implementations), None)

    @property
    def latency(self) -> Latency:
        """That of ``principal``."""
        return self.principal.latency if self.principal else Latency.missing("nothing was built")

    @property
    def resources(self) -> Resources:
        """Those of ``principal``, as mapped."""
        nothing = Resources.missing(self.design.target.resources, "nothing was built")
        return self.principal.mapped if self.principal else nothing

    def implementation(self, route: BuildRoute) -> Implementation | None:
        """The design that one route built; None if it was not taken."""
        return next((entry for entry in self.implementations if entry.route is route), None)
