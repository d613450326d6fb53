"""The picture of the comparison: look-up tables over those of each of the peer's forms, a row a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.qor_study.page import LEAN, PAGE
from benchmarks.qor_study.results import THEIRS, Entry
from benchmarks.study.pictures import COLOURS, figure_at

PICTURE = PAGE.with_suffix(".svg")


def draw(entries: Sequence[Entry], path: Path = PICTURE) -> None:
    """Dots by network and form; networks of which one side is not mapped are left out."""
    shown = [entry for entry in entries if entry.over_best(LEAN) is not None]
    with figure_at(path, 7.0, 1.2 + 0.35 * len(shown)) as figure:
        panel = figure.subplots()
        panel.axvline(1.0, color="0.4", linewidth=0.8)
        for form, colour in zip(THEIRS, COLOURS, strict=False):
            points = [(ratio, row) for row, e in enumerate(shown) if (ratio := e.over_best(LEAN, (form,))) is not None]
            panel.plot([x for x, _ in points], [y for _, y in points], "o", color=colour, label=f"over {form}")
        panel.set_yticks(range(len(shown)), [entry.name for entry in shown])
        panel.set(xlabel=f"{LEAN}: ours over the peer's", ylim=(len(shown) - 0.5, -0.5))
        panel.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
