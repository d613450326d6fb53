"""The view as a picture: area and energy of each pipeline stage."""

from pathlib import Path
from typing import Any

from trigforge.asic.records import AsicView, StageView
from trigforge.asic.table import headline, named
from trigforge.pictures import blank, save

_MOST = 32
_HEIGHT, _ROW = 1.6, 0.24
"""inches"""
_CELLS = "#4477aa"
_ENERGY = {"switching": "#ee6677", "internal": "#ccbb44", "clock": "#66ccee", "leakage": "#bbbbbb"}


def save_plot(view: AsicView, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf); of more than 32 stages the largest.

    Raises ``ToolMissingError`` without matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    stages = _largest(view)
    names = [f"{named(stage)} x {stage.copies}" if stage.copies > 1 else named(stage) for stage in stages]
    figure = blank(8.4, _HEIGHT + _ROW * len(stages), "the table and asic.json are there")
    area, energy = figure.subplots(1, 2, sharey=True)
    area.barh(names, [stage.area_um2 * 1e-6 for stage in stages], color=_CELLS, height=0.7)
    area.set_xlabel("area of cells [mm2]", fontsize=8)
    left = [0.0] * len(stages)
    for kind, colour in _ENERGY.items():
        values = [float(getattr(stage.energy, f"{kind}_pJ")) for stage in stages]
        energy.barh(names, values, left=left, color=colour, label=kind, height=0.7)
        left = [before + value for before, value in zip(left, values, strict=True)]
    energy.set_xlim(0, 1.05 * max([1e-3, *left]))
    energy.set_xlabel("energy [pJ an event], no wires, no glitches", fontsize=8)
    for axes in (area, energy):
        axes.set_ylim(len(stages) - 0.4, -0.6)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.2, axis="x")
    handles, labels = energy.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.suptitle(_title(view), fontsize=9)
    save(figure, path)


def _largest(view: AsicView) -> list[StageView]:
    kept = sorted(view.stages, key=lambda stage: -stage.area_um2)[:_MOST]
    return [stage for stage in view.stages if stage in kept]


def _title(view: AsicView) -> Any:
    told = headline(view).replace(", in ", ",\nin ", 1)
    far = view.extrapolated
    if far is None:
        return told
    return (
        f"{told}\nextrapolated to {far.node_nm} nm: {far.area_mm2_extrapolated:.3g} mm2, "
        f"{far.dynamic_energy_pJ_extrapolated / 1000:.3g} nJ an event"
    )
