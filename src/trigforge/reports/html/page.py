"""``render_html``: the templates beside this file, filled with a report. What a chart looks like is told there too."""

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trigforge.coverage import strips
from trigforge.files import save_output
from trigforge.reports import sharing_wording, wording
from trigforge.reports.build_report import BuildReport, GraphNode
from trigforge.reports.compared import Compared
from trigforge.reports.figures import Figure
from trigforge.reports.html import charts, graph_picture, occupancy, quality_chart, summary

TEMPLATES = Path(__file__).parent / "templates"


def render_html(report: BuildReport, since: Compared | None = None) -> str:
    """One HTML file, which tells what changed ``since`` an earlier build, if there was one. All text of the report is
    escaped; the page's own policy forbids scripts and requests."""
    numbers = wording.sources(report)
    return (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            since=since,
            wording=wording,
            words=sharing_wording,
            occupancy=occupancy,
            quality_chart=quality_chart,
            charts=charts,
            strips=strips,
            graph_picture=graph_picture,
            summary=summary,
            numbers=numbers,
            is_figure=lambda leaf: isinstance(leaf, Figure),  # pyright: ignore[reportUnknownLambdaType]
        )
    )


def render_compared(compared: Compared) -> str:
    """One HTML file of two builds side by side, as ``render_html`` makes it."""
    return _environment().get_template("compared.html").render(compared=compared)


def render_graph(model: str, nodes: Sequence[GraphNode]) -> str:
    """One HTML file with the picture of a graph alone."""
    return _environment().get_template("graph_alone.html").render(model=model, nodes=nodes, graph_picture=graph_picture)


def framed(page: str, height: int) -> str:
    """A page within a notebook: a frame of this height in pixels, which keeps its styles to itself."""
    return f'<iframe srcdoc="{escape(page, quote=True)}" style="width:100%;height:{height}px;border:0"></iframe>'


def save_html(report: BuildReport, path: Path, since: Compared | None = None) -> None:
    """Write ``report.html`` whole or not at all; ``ProjectError`` if the folder cannot be written."""
    save_output(path, render_html(report, since))


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
