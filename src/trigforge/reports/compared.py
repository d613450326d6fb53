"""``Compared``: two builds side by side, figure by figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.design import Resource
from trigforge.files import save_output
from trigforge.reports import wording
from trigforge.reports.build_report import BuildReport
from trigforge.reports.figures import Figure, Leaf
from trigforge.tone import plain_text


@dataclass(frozen=True)
class Row:
    """A figure of both builds as text, and the second over the first, where both are numbers and the first is not 0.

    ``changed`` is False where both are alike.
    """

    group: str
    name: str
    first: str
    second: str
    ratio: float | None = None

    @property
    def changed(self) -> bool:
        """True where the two differ."""
        return self.first != self.second

    @property
    def told(self) -> str:
        """The ratio, where something changed."""
        return f"{self.ratio:.3g} x" if self.ratio is not None and self.changed else ""


@dataclass(frozen=True)
class Compared:
    """The figures of two builds: what is computed, time, resources, quality, and the bits of each tensor."""

    first: BuildReport
    second: BuildReport
    rows: tuple[Row, ...]

    @property
    def same_bits(self) -> bool:
        """True if both compute the same."""
        return self.first.graph_digest == self.second.graph_digest

    @property
    def groups(self) -> dict[str, list[Row]]:
        """The rows of each group, in order."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        return found

    @property
    def headlines(self) -> list[Row]:
        """The rows that differ, of the bits of tensors only their sum."""
        return [row for row in self.rows if row.changed and (row.group != _BITS or row.name == _ALL)]

    def render(self, everything: bool = False) -> RenderableType:
        """A table for a terminal: all figures but the bits of tensors that did not change."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("", _title(self.first), _title(self.second), "second over first"):
            table.add_column(title, overflow="fold")
        group = ""
        for row in self.rows:
            if row.group == _BITS and not (row.changed or everything):
                continue
            if row.group != group:
                group = row.group
                table.add_row(Text(group, "bold"))
            style = "" if row.changed else "dim"
            table.add_row(*(Text(text, style) for text in (f"  {row.name}", row.first, row.second, row.told)))
        return table

    def summary(self, everything: bool = False) -> str:
        """The table as text."""
        return plain_text(self.render(everything))

    def _repr_html_(self) -> str:
        from trigforge.reports.html import framed, render_compared

        return framed(render_compared(self), 640)

    def save(self, path: Path) -> None:
        """Write the page of the comparison, one self-contained file; ``ProjectError`` where that is refused."""
        from trigforge.reports.html import render_compared

        save_output(path, render_compared(self))

    def __repr__(self) -> str:
        changed = sum(row.changed for row in self.rows)
        return f"Compared({self.first.model!r}, {self.second.model!r}: {changed} of {len(self.rows)} figures differ)"


_BITS = "bits of tensors"
_ALL = "all together"


def compare_reports(first: BuildReport, second: BuildReport) -> Compared:
    """All figures that either build has."""
    rows = (*_identity(first, second), *_time(first, second), *_counts(first, second))
    return Compared(first, second, (*rows, *_quality(first, second), *_tensors(first, second)))


def _title(report: BuildReport) -> str:
    return f"{report.model} {report.graph_digest[: wording.SHOWN_DIGEST_LENGTH]}"


def _row(group: str, name: str, leaves: tuple[Leaf | None, Leaf | None]) -> Row:
    first, second = (leaf.value if isinstance(leaf, Figure) else None for leaf in leaves)
    told = (wording.quantity(leaf) if isinstance(leaf, Figure) else "missing" for leaf in leaves)
    return Row(group, name, next(told), next(told), _over(first, second))


def _identity(first: BuildReport, second: BuildReport) -> Iterator[Row]:
    built = "what is built"
    yield Row(built, "model", first.model, second.model)
    yield Row(built, "graph", first.graph_digest[:12], second.graph_digest[:12])
    yield Row(
        built, "simulators", str(wording.verification_headline(first)), str(wording.verification_headline(second))
    )
    ours, theirs = dict(wording.choices(first.design)), dict(wording.choices(second.design))
    for key in dict.fromkeys([*ours, *theirs]):
        if ours.get(key) != theirs.get(key):
            yield Row(built, key, ours.get(key, "-"), theirs.get(key, "-"))


def _time(first: BuildReport, second: BuildReport) -> Iterator[Row]:
    theirs = {name: leaf for name, _, leaf in second.latency.leaves()}
    for name, _, leaf in first.latency.leaves():
        yield _row("time", wording.LABELS[name], (leaf, theirs.get(name)))


def _counts(first: BuildReport, second: BuildReport) -> Iterator[Row]:
    for step in ("mapped", "placed"):
        ours, theirs = _figures(first, step), _figures(second, step)
        for resource in dict.fromkeys([*ours, *theirs]):
            pair = (ours.get(resource), theirs.get(resource))
            if any(isinstance(leaf, Figure) for leaf in pair):
                yield _row("resources", f"{resource.label}, {step}", pair)


def _figures(report: BuildReport, step: str) -> Mapping[Resource, Leaf]:
    built = report.principal
    if built is None:
        return {}
    return built.mapped.figures if step == "mapped" else built.placed.figures


def _quality(first: BuildReport, second: BuildReport) -> Iterator[Row]:
    ours, theirs = _outcome(first), _outcome(second)
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name), theirs.get(name)
        yield Row("quality", name, _told(one, ".4g"), _told(other, ".4g"), _over(one, other))


def _outcome(report: BuildReport) -> dict[str, float]:
    return {} if report.quality is None else wording.outcome(report.quality.firmware)


def _tensors(first: BuildReport, second: BuildReport) -> Iterator[Row]:
    ours, theirs = _bits(first), _bits(second)
    all_ours, all_theirs = sum(ours.values()), sum(theirs.values())
    yield Row(_BITS, _ALL, f"{all_ours:,}", f"{all_theirs:,}", _over(all_ours, all_theirs))
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name), theirs.get(name)
        yield Row(_BITS, name, _told(one, ","), _told(other, ","), _over(one, other))


def _bits(report: BuildReport) -> dict[str, int]:
    """The bits of all elements of each tensor, in all copies."""
    return {
        node.name: node.copies * sum(width * count for width, count in node.widths.items()) for node in report.graph
    }


def _told(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _over(first: float | None, second: float | None) -> float | None:
    return second / first if first and second is not None else None
