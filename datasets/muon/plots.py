"""Pictures: one muon in the chamber, and how often each channel fires."""

from pathlib import Path
from typing import Any

import numpy as np

from datasets.muon.chamber import CHAMBER, Chamber
from datasets.muon.fit import fit_lines
from datasets.muon.simulation import Muons


def draw_event(muons: Muons, event: int, path: Path, chamber: Chamber = CHAMBER) -> None:
    """The channels of one event to scale along the beam, its true angle and the fitted line, with outlier rejection."""
    pyplot = _pyplot()
    hits = muons.hits[event]
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    middle = chamber.edge_m + chamber.channels / 2 * chamber.pitch_m
    for gap, z in enumerate(chamber.z_m):
        edges = chamber.edge_m[gap] - middle[gap] + np.arange(chamber.channels + 1) * chamber.pitch_m[gap]
        axes.plot([z, z], [edges[0] * 1000, edges[-1] * 1000], color="0.85", linewidth=1)
        for channel in np.flatnonzero(hits[gap]):
            axes.plot([z, z], edges[channel : channel + 2] * 1000, color="#ee6677", linewidth=4, solid_capstyle="butt")
    fitted = float(fit_lines(hits[None], chamber=chamber, reject_above=6.0).angle_mrad[0])
    axes.set(
        xlabel="distance from the collision point along the beam [m]",
        ylabel="distance from the axis of the chamber [mm]",
        title=f"true angle {muons.angle_mrad[event]:.1f} mrad, straight-line fit {fitted:.1f} mrad",
    )
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def draw_occupancy(muons: Muons, path: Path) -> None:
    """The share of events in which each channel of each gap fires, and the spectrum of the angles."""
    pyplot = _pyplot()
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    share = 100 * muons.hits.mean(axis=0)
    for gap, row in enumerate(share, 1):
        left.plot(row, drawstyle="steps-mid", linewidth=1.2, label=f"gap {gap}")
    left.set(xlabel="channel", ylabel="fires in % of the events", ylim=(0, None))
    left.legend(fontsize=7, ncol=2, frameon=False)
    right.hist(muons.angle_mrad, bins=80, color="#4477aa")
    right.set(xlabel="angle to the beam [mrad]", ylabel="muons")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
