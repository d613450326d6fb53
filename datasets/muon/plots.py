"""Pictures: one muon in the chamber, and distributions of many muons."""

from pathlib import Path
from typing import Any

import numpy as np

from datasets.muon.chamber import CHAMBER, GAP_THICKNESS_M, Chamber
from datasets.muon.errors import MuonDataError
from datasets.muon.fit import REJECT_ABOVE, fit_lines
from datasets.muon.simulation import Muons

FIRED, FAR, FITTED, TRUE = "#4477aa", "#ee6677", "#222222", "#228833"
ZOOM_CHANNELS = 6
"""channels on either side of the fitted line that are drawn one by one"""


def event_figure(muons: Muons, event: int, chamber: Chamber = CHAMBER) -> Any:
    """One event as a matplotlib ``Figure``: the whole chamber, and each station close to the fitted line.

    Heights are distances from the axis of the chamber, a straight line from the collision point. The fit is that with
    outlier rejection. Of the true line only the angle is known: it is drawn through the fitted one in the middle of the
    chamber. Gaps are drawn eight times as thick as they are.
    """
    figure = _figure(10, 4.4)
    hits = muons.hits[event]
    fitted = fit_lines(hits[None], chamber=chamber, reject_above=REJECT_ABOVE)
    angle, position = float(fitted.angle_mrad[0]), float(fitted.position_m[0])
    last = np.cumsum(chamber.stations)
    grid = figure.add_gridspec(
        1, 1 + len(last), width_ratios=[3.2, *(max(0.6, count - 1) for count in chamber.stations)]
    )
    whole = figure.add_subplot(grid[0, 0])
    _gaps(whole, hits, chamber, range(len(chamber.gaps)), (angle, position), cells=False)
    whole.set(xlabel="distance from the collision point along the beam, m", ylabel="distance from the axis, mm")
    zoomed: Any = None
    for number, (first, end) in enumerate(zip([0, *last[:-1]], last, strict=True), 1):
        zoomed = figure.add_subplot(grid[0, number], sharey=zoomed)
        _gaps(zoomed, hits, chamber, range(first, end), (angle, position), cells=True)
        zoomed.set(title=f"station {number}", xticks=chamber.z_m[first:end])
        zoomed.set_xticklabels([f"{z:.2f}" for z in chamber.z_m[first:end]], fontsize=7)
        zoomed.tick_params(labelleft=number == 1)
    for axes, reach in ((whole, chamber.z_m), (zoomed, None)):
        _lines(axes, chamber, muons.angle_mrad[event], angle, position, reach)
    for axes in figure.axes[1:-1]:
        _lines(axes, chamber, muons.angle_mrad[event], angle, position, None)
    _limits(zoomed, chamber, angle, position)
    said = f"{angle:.1f} mrad" if np.isfinite(angle) else "none"
    figure.suptitle(f"muon of {muons.angle_mrad[event]:.1f} mrad, straight-line fit {said}", fontsize=11)
    handles, labels = whole.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    whole.legend(unique.values(), unique.keys(), fontsize=7, frameon=False)
    return figure


def occupancy_figure(muons: Muons) -> Any:
    """Many muons as a matplotlib ``Figure``: how often each channel fires, channels a gap, angles, momenta."""
    figure = _figure(10, 6)
    grid = figure.add_gridspec(2, 3)
    top = figure.add_subplot(grid[0, :])
    share = 100 * muons.hits.mean(axis=0)
    image = top.imshow(share, aspect="auto", origin="lower", cmap="viridis", vmin=0, interpolation="nearest")
    top.set(xlabel="channel", ylabel="gap", title=f"how often a channel fires, {len(muons):,} muons")
    top.set_yticks(range(len(share)), [str(gap) for gap in range(1, len(share) + 1)])
    figure.colorbar(image, ax=top, label="% of the muons", pad=0.01)
    counts = muons.hits.sum(axis=2)
    left, middle, right = (figure.add_subplot(grid[1, column]) for column in range(3))
    most = 6
    shares = [100 * float((counts == n).mean()) for n in range(most)] + [100 * float((counts >= most).mean())]
    bars = left.bar(range(most + 1), shares, color=FIRED)
    left.bar_label(bars, [f"{value:.2g}" for value in shares], fontsize=7)
    left.set(xlabel="channels that fire in a gap", ylabel="% of the gaps", yscale="log", ylim=(None, 300))
    left.set_xticks(range(most + 1), [*(str(n) for n in range(most)), f"{most}+"])
    middle.hist(muons.angle_mrad, bins=60, color=FIRED)
    middle.set(xlabel="angle to the beam, mrad", ylabel="muons")
    if muons.pt_gev.any():
        edges = np.geomspace(muons.pt_gev.min(), muons.pt_gev.max() * 1.0001, 40)
        right.hist(muons.pt_gev, bins=list(edges), color=FIRED)
        right.set(xlabel="transverse momentum, GeV", ylabel="muons", xscale="log", yscale="log")
    else:
        right.set_axis_off()
    return figure


def draw_event(muons: Muons, event: int, path: Path, chamber: Chamber = CHAMBER) -> None:
    """Save ``event_figure``; the type of the file follows its ending. Raises ``MuonDataError``."""
    _save(event_figure(muons, event, chamber), path)


def draw_occupancy(muons: Muons, path: Path) -> None:
    """Save ``occupancy_figure``; the type of the file follows its ending. Raises ``MuonDataError``."""
    _save(occupancy_figure(muons), path)


def _gaps(axes: Any, hits: Any, chamber: Chamber, gaps: range, line: tuple[float, float], *, cells: bool) -> None:
    """The channels of ``gaps`` as boxes; those that fired are filled, red where they are far from the line."""
    from matplotlib.patches import Rectangle

    thick = 8 * GAP_THICKNESS_M if cells else 0.012
    for gap in gaps:
        z, pitch = chamber.z_m[gap], chamber.pitch_m[gap] * 1000
        lowest = (chamber.edge_m[gap] - z * _axis(chamber)) * 1000
        expected = _height(chamber, *line, z)
        if not cells:
            axes.add_patch(Rectangle((z - thick / 2, lowest), thick, pitch * chamber.channels, fc="0.93", ec="none"))
        for channel in range(chamber.channels):
            low = lowest + channel * pitch
            fired = bool(hits[gap, channel])
            if cells and not abs(low + pitch / 2 - expected) <= (ZOOM_CHANNELS + 1) * pitch:
                continue
            near = abs(low + pitch / 2 - expected) <= 1.5 * pitch
            colour, label = (FIRED, "fired, on the line") if near else (FAR, "fired, elsewhere")
            if fired:
                axes.add_patch(
                    Rectangle((z - thick / 2, low), thick, pitch, fc=colour, ec="white", lw=0.5, label=label)
                )
            elif cells:
                axes.add_patch(Rectangle((z - thick / 2, low), thick, pitch, fc="none", ec="0.8", lw=0.6))
    axes.set_xlim(chamber.z_m[gaps[0]] - 3 * thick, chamber.z_m[gaps[-1]] + 3 * thick)
    if not cells:
        axes.set_ylim(-560, 560)


def _lines(axes: Any, chamber: Chamber, true: float, angle: float, position: float, reach: Any) -> None:
    if not np.isfinite(angle):
        return
    ends = np.array(axes.get_xlim()) if reach is None else np.array([reach[0], reach[-1]])
    for mrad, colour, style, label in ((true, TRUE, "-", "true angle"), (angle, FITTED, "--", "fit")):
        heights = [_height(chamber, mrad, position, z) for z in ends]
        axes.plot(ends, heights, style, color=colour, linewidth=1.2, label=label)


def _limits(axes: Any, chamber: Chamber, angle: float, position: float) -> None:
    if np.isfinite(angle):
        heights = [_height(chamber, angle, position, z) for z in chamber.z_m]
        around = ZOOM_CHANNELS * chamber.pitch_m.max() * 1000
        axes.set_ylim(min(heights) - around, max(heights) + around)


def _axis(chamber: Chamber) -> float:
    return float(np.tan(chamber.axis_mrad / 1000))


def _height(chamber: Chamber, mrad: float, position_m: float, z: float) -> float:
    """Distance of a line from the axis at ``z``, in mm; ``position_m`` is that from the beam at the mean z."""
    along = z - float(chamber.z_m.mean())
    return 1000 * (position_m + along * float(np.tan(mrad / 1000)) - z * _axis(chamber))


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MuonDataError("pictures need matplotlib, which is not installed: pip install 'trigforge[plot]'") from None
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise MuonDataError(f"cannot write the figure {path}: {error}") from None
