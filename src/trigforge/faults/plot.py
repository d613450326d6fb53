"""The campaign as a picture: what became of the flips, by kind of place, by layer and by cycle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.faults.records import Campaign, Counts
from trigforge.faults.table import by_cycle, by_layer
from trigforge.pictures import blank, save
from trigforge.project import Shell

_COLOURS = {"wrong": "#ee6677", "latent": "#ccbb44", "corrected": "#228833", "masked": "#bbbbbb"}
_HEIGHT, _ROW = 1.3, 0.24
"""inches"""


def save_plot(campaign: Campaign, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf); intervals are those of 68 % of the share that came out wrong.

    Raises ``ToolMissingError`` without matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    kinds = {f"{kind}": counts for kind, (_, counts) in campaign.kinds.items()}
    groups = {
        "kind of place": kinds,
        "data registers of layer": _hit(by_layer(campaign)),
        "loaded in clock cycle": _hit(by_cycle(campaign)),
    }
    shown = {title: {name: one for name, one in rows.items() if one.flips} for title, rows in groups.items()}
    shown = {title: rows for title, rows in shown.items() if rows}
    rows = sum(len(entries) for entries in shown.values())
    figure = blank(6.4, _HEIGHT + _ROW * (rows + 2 * len(shown)), "the table and faults.json are there")
    ratios = [len(entries) + 1 for entries in shown.values()]
    panels: Any = figure.subplots(len(shown) or 1, 1, sharex=True, squeeze=False, height_ratios=ratios or None)
    for (title, entries), axes in zip(shown.items(), panels[:, 0], strict=False):
        _bars(axes, title, entries)
    shell = "" if campaign.shell is Shell.VALID else f" in its shell {campaign.shell}"
    told = f"{campaign.model}{shell}, redundancy {campaign.redundancy.lower()}: {campaign.counts.flips:,} flips"
    last: Any = panels[-1, 0]
    last.set_xlabel("share of flips", fontsize=8)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.suptitle(told, fontsize=9)
    save(figure, path)


def _hit(rows: Mapping[str, tuple[int, Counts]]) -> dict[str, Counts]:
    return {name: counts for name, (_, counts) in rows.items()}


def _bars(axes: Any, title: str, entries: Mapping[str, Counts]) -> None:
    """A bar a row, its outcomes one behind the other."""
    names = [f"{name} ({counts.flips:,})" for name, counts in entries.items()]
    left = [0.0] * len(names)
    for outcome, colour in _COLOURS.items():
        shares = [getattr(counts, outcome) / counts.flips for counts in entries.values()]
        axes.barh(names, shares, left=left, color=colour, label=outcome, height=0.7)
        left = [before + share for before, share in zip(left, shares, strict=True)]
    wrong = [counts.share("wrong") for counts in entries.values()]
    bars = [[one.value - one.low for one in wrong], [one.high - one.value for one in wrong]]
    axes.errorbar([one.value for one in wrong], names, xerr=bars, fmt="none", ecolor="#222222", elinewidth=0.8)
    axes.set_title(title, fontsize=8, loc="left")
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.4, -0.6))
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.2, axis="x")
