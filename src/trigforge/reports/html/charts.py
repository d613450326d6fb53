"""The geometry of the charts: pixels and percentages for the templates, which draw them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trigforge.graph.kinds import MAP
from trigforge.reports.build_report import BudgetLine, GraphNode, Implementation, Layer, PipelineStage
from trigforge.reports.figures import Figure

PAGE_WIDTH = 1032.0
CYCLE_WIDTH = (44.0, 84.0)
"""A cycle fills the page if it can within these pixels."""
MARGIN_LEFT = 128.0
ROW_HEIGHT = 30.0
SHOWN_REGION_LENGTH = 15
PLOT_HEIGHT = 76.0
PLOT_GAP = 34.0
STRIP_WIDTH, STRIP_HEIGHT = 240.0, 24.0


@dataclass(frozen=True)
class Gauge:
    """One budget line on a scale from 0, in percent of its length; ``start`` to ``end`` is allowed."""

    start: float
    end: float
    limit: float
    value: float | None
    low: float | None
    high: float | None


def gauge(line: BudgetLine) -> Gauge:
    """The scale ends a little beyond the limit and all that was found."""
    ends = line.found.ends if isinstance(line.found, Figure) else None
    top = max(line.limit, *(ends or (0,))) * 1.15 or 1.0

    def at(value: float) -> float:
        return round(100 * value / top, 2)

    start, end = (at(line.limit), 100.0) if line.at_least else (0.0, at(line.limit))
    if not isinstance(line.found, Figure) or ends is None:
        return Gauge(start, end, at(line.limit), None, None, None)
    estimated = line.found.low is not None
    low, high = (at(ends[0]), at(ends[1])) if estimated else (None, None)
    return Gauge(start, end, at(line.limit), at(line.found.value), low, high)


@dataclass(frozen=True)
class Bar:
    """One bar or cell with its left upper corner; ``shade`` counts regions."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str
    shade: int


@dataclass(frozen=True)
class Plot:
    """Bars on one scale; ``line`` is the height of a limit, if there is one."""

    title: str
    detail: str
    top: float
    bars: tuple[Bar, ...]
    line: float | None = None
    line_label: str = ""


@dataclass(frozen=True)
class Timeline:
    """The pipeline: clock cycles to the right, regions one below the other, and the contents of each cycle's stages."""

    width: float
    height: float
    ticks: tuple[tuple[float, int], ...]
    regions: tuple[tuple[float, str, int], ...]
    cells: tuple[Bar, ...]
    plots: tuple[Plot, ...]
    busy: tuple[Bar, ...] = ()
    """behind the cells of regions whose stages work on several slices of an event"""


def timeline(implementation: Implementation) -> Timeline:
    """The stages of an implementation that tells them."""
    stages = implementation.stages
    regions = list(dict.fromkeys(stage.region for stage in stages))
    cycles = max(stage.first_cycle + stage.busy_cycles for stage in stages)
    pitch = min(max((PAGE_WIDTH - MARGIN_LEFT) / cycles, CYCLE_WIDTH[0]), CYCLE_WIDTH[1])
    copies = {stage.region: stage.copies for stage in stages}
    cells = tuple(
        Bar(
            x=MARGIN_LEFT + pitch * stage.first_cycle,
            y=22 + ROW_HEIGHT * regions.index(stage.region),
            width=pitch - 2,
            height=ROW_HEIGHT - 6,
            label=str(stage.stage),
            title=f"{stage.region}, stage {stage.stage}: {', '.join(stage.layers)}",
            shade=regions.index(stage.region) % 3,
        )
        for stage in stages
    )
    top = 22 + ROW_HEIGHT * len(regions) + PLOT_GAP
    period = implementation.latency.clock_period_ns
    plots: list[Plot] = []
    for title, count in (("LUT", "lut"), ("flip-flops", "ff")):
        values = [(stage, float(getattr(stage, count) * stage.copies)) for stage in stages]
        plots.append(_stacked(title, values, regions, top, pitch))
        top += PLOT_HEIGHT + PLOT_GAP
    limit = float(period.value) if isinstance(period, Figure) else None
    plots.append(_longest(stages, regions, top, pitch, limit))
    return Timeline(
        width=MARGIN_LEFT + pitch * cycles,
        height=top + PLOT_HEIGHT + 26,
        ticks=tuple((MARGIN_LEFT + pitch * (cycle + 0.5) - 1, cycle) for cycle in range(cycles)),
        regions=tuple((22 + ROW_HEIGHT * row, region, copies[region]) for row, region in enumerate(regions)),
        cells=cells,
        plots=tuple(plots),
        busy=tuple(_busy(stages, regions, pitch)),
    )


def shortened(region: str) -> str:
    """A name cut in the middle, to stand beside its row."""
    return region if len(region) <= SHOWN_REGION_LENGTH else f"{region[:7]}…{region[-7:]}"


def _busy(stages: Sequence[PipelineStage], regions: Sequence[str], pitch: float) -> Iterator[Bar]:
    """From the first slice in the first stage of a region to the last one in its last stage."""
    for row, region in enumerate(regions):
        own = [stage for stage in stages if stage.region == region]
        first, end = min(s.first_cycle for s in own), max(s.first_cycle + s.busy_cycles for s in own)
        if all(stage.busy_cycles == 1 for stage in own):
            continue
        yield Bar(
            x=MARGIN_LEFT + pitch * first,
            y=22 + ROW_HEIGHT * row,
            width=pitch * (end - first) - 2,
            height=ROW_HEIGHT - 6,
            label="",
            title=f"{region} works on slices of one event in cycles {first} to {end - 1}",
            shade=row % 3,
        )


def _stacked(
    title: str, values: Sequence[tuple[PipelineStage, float]], regions: Sequence[str], top: float, pitch: float
) -> Plot:
    """Regions that work in one cycle stand on one another."""
    totals: dict[int, float] = {}
    for stage, value in values:
        totals[stage.first_cycle] = totals.get(stage.first_cycle, 0.0) + value
    largest = max(totals.values()) or 1.0
    base: dict[int, float] = {}
    bars: list[Bar] = []
    for stage, value in values:
        below = base.get(stage.first_cycle, 0.0)
        base[stage.first_cycle] = below + value
        whole = base[stage.first_cycle] == totals[stage.first_cycle]
        bars.append(
            Bar(
                x=MARGIN_LEFT + pitch * stage.first_cycle + 7,
                y=top + PLOT_HEIGHT * (1 - (below + value) / largest),
                width=pitch - 16,
                height=PLOT_HEIGHT * value / largest,
                label=_short(totals[stage.first_cycle]) if whole else "",
                title=f"cycle {stage.first_cycle}, {stage.region} stage {stage.stage}: {value:,.0f}",
                shade=regions.index(stage.region) % 3,
            )
        )
    return Plot(title, "all copies", top, tuple(bars))


def _short(count: float) -> str:
    """At most five characters wide, to stand above a bar."""
    return f"{count:,.0f}" if count < 9_999.5 else f"{count / 1000:.3g}k" if count < 999_500 else f"{count / 1e6:.3g}M"


def _longest(
    stages: Sequence[PipelineStage], regions: Sequence[str], top: float, pitch: float, period: float | None
) -> Plot:
    """The longest path of each cycle's stages, under a line at the clock period."""
    slowest: dict[int, PipelineStage] = {}
    for stage in stages:
        old = slowest.get(stage.first_cycle)
        if old is None or stage.logic_ns > old.logic_ns:
            slowest[stage.first_cycle] = stage
    largest = max([stage.logic_ns for stage in slowest.values()] + [period or 0.0]) or 1.0
    bars = tuple(
        Bar(
            x=MARGIN_LEFT + pitch * stage.first_cycle + 7,
            y=top + PLOT_HEIGHT * (1 - stage.logic_ns / largest),
            width=pitch - 16,
            height=PLOT_HEIGHT * stage.logic_ns / largest,
            label=f"{stage.logic_ns:.2f}",
            title=f"cycle {stage.first_cycle}, {stage.region} stage {stage.stage}: {stage.logic_ns:.2f} ns",
            shade=regions.index(stage.region) % 3,
        )
        for stage in slowest.values()
    )
    line = None if period is None else top + PLOT_HEIGHT * (1 - period / largest)
    label = "" if period is None else f"clock period {period:.3g} ns"
    return Plot("longest path", "ns", top, bars, line, label)


@dataclass(frozen=True)
class LayerBars:
    """One layer: bars in percent of the longest, its percentage of all LUTs, and its cycles in percent of all."""

    layer: Layer
    lut_bar: float
    ff_bar: float
    lut_share: float
    start: float
    length: float


def layer_bars(layers: Sequence[Layer]) -> tuple[LayerBars, ...]:
    """One row a layer, in the order of the model."""
    most_lut = max(layer.lut for layer in layers) or 1.0
    most_ff = max(layer.ff for layer in layers) or 1.0
    all_lut = sum(layer.lut for layer in layers) or 1.0
    cycles = max(layer.cycles.stop for layer in layers) or 1
    return tuple(
        LayerBars(
            layer,
            100 * layer.lut / most_lut,
            100 * layer.ff / most_ff,
            100 * layer.lut / all_lut,
            100 * layer.cycles.start / cycles,
            100 * len(layer.cycles) / cycles,
        )
        for layer in layers
    )


@dataclass(frozen=True)
class Strip:
    """A histogram of one tensor: for each number of bits, a column for the elements that have so many."""

    node: GraphNode
    elements: int
    pruned: int
    bits: int
    columns: tuple[Bar, ...]

    @property
    def summary(self) -> str:
        """The histogram in words."""
        counts = ", ".join(f"{count:,} of {bits} bits" for bits, count in sorted(self.node.widths.items()))
        return f"{self.node.name}: {counts}"


def strips(flow: Iterable[GraphNode]) -> tuple[int, tuple[Strip, ...]]:
    """The largest width of all tensors, to which every strip is scaled, and one strip a tensor.

    A ``Map`` whose body is told has none; its result is that of its body.
    """
    nodes = list(flow)
    bodies = {node.body_of for node in nodes}
    shown = [node for node in nodes if node.widths and not (node.kind == MAP and node.name in bodies)]
    widest = max((bits for node in shown for bits in node.widths), default=0)
    pitch = STRIP_WIDTH / (widest + 1)
    return widest, tuple(_strip(node, pitch) for node in shown)


def _strip(node: GraphNode, pitch: float) -> Strip:
    elements = sum(node.widths.values())
    most = max(node.widths.values()) or 1
    columns = tuple(
        Bar(
            x=pitch * bits,
            y=STRIP_HEIGHT * (1 - count / most),
            width=pitch - 1,
            height=STRIP_HEIGHT * count / most,
            label="",
            title=f"{count:,} of {elements:,} elements {'are pruned' if bits == 0 else f'have {bits} bits'}",
            shade=0 if bits else 1,
        )
        for bits, count in sorted(node.widths.items())
        if count
    )
    bits = sum(bits * count for bits, count in node.widths.items())
    return Strip(node, elements, node.widths.get(0, 0), bits, columns)
