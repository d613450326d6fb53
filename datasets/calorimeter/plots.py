"""Pictures: modules on the hexagonal grid, before and after something with one colour scale; distributions of many."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import MODULE_HEIGHT_CM, cell_corners_cm
from datasets.calorimeter.modules import UNITS_A_MIP, Modules, occupancy

EMPTY, EDGE, BORDER = "0.94", "white", "0.25"
SMALLEST_MIP = 0.05
"""End of the colour scale; smaller charges have its last colour, no charge at all is grey."""
MOST_DRAWN = 12


def modules_figure(modules: Modules, chosen: list[int], rows: dict[str, NDArray[Any]]) -> Any:
    """The modules `chosen` side by side as a matplotlib `Figure`, a line of hexagons for each of `rows`.

    `rows` has a name and charges (n, 48) in transverse MIPs for each line; all share one logarithmic colour scale.
    Raises `CalorimeterDataError` for modules that are not there, and for more than `MOST_DRAWN`.
    """
    if not 1 <= len(chosen) <= MOST_DRAWN:
        raise CalorimeterDataError(f"{len(chosen)} modules to draw; choose 1 to {MOST_DRAWN}")
    for number in chosen:
        if not 0 <= number < len(modules):
            raise CalorimeterDataError(f"there is no module {number} among {len(modules):,}; numbers start at 0")
    from matplotlib.colors import LogNorm

    largest = max(float(row[chosen].max()) for row in rows.values())
    scale = LogNorm(SMALLEST_MIP, max(largest, 10 * SMALLEST_MIP), clip=True)
    figure = _figure(max(2.0 * len(chosen) + 1.2, 4.5), 2.3 * len(rows) + 0.5)
    grid = figure.subplots(len(rows), len(chosen), squeeze=False)
    drawn: Any = None
    for line, (name, charges) in enumerate(rows.items()):
        for column, number in enumerate(chosen):
            axes = grid[line, column]
            drawn = _draw_module(axes, charges[number], scale)
            if line == 0:
                axes.set_title(_title(modules, number), fontsize=8)
            if column == 0 and len(rows) > 1:
                axes.text(-10.5, 0, name, rotation=90, ha="center", va="center", fontsize=9)
    bar = figure.colorbar(drawn, ax=grid, shrink=0.9, pad=0.01, aspect=30)
    bar.set_label("charge, transverse MIPs")
    return figure


def distributions_figure(modules: Modules) -> Any:
    """Many modules as a matplotlib `Figure`: cells above one transverse MIP, charges of cells, and both by layer."""
    figure = _figure(10, 6.4)
    upper, lower = figure.subplots(2, 2)
    groups = by_pileup(modules)
    edges = (np.unique(np.rint(np.geomspace(1, max(2, modules.calq.max(initial=0)) + 1, 80))) - 0.5) / UNITS_A_MIP
    for name, group in groups.items():
        counts, mips = occupancy(group), group.calq[group.calq > 0] / UNITS_A_MIP
        upper[0].hist(counts, bins=np.arange(-0.5, 49.5), histtype="step", density=True, label=name)
        if len(mips):
            upper[1].hist(mips, bins=edges.tolist(), histtype="step", density=True, label=name)
        if "layer" not in group.truth:
            continue
        layers = np.unique(group.truth["layer"])
        of_layer = [group.truth["layer"] == layer for layer in layers]
        lower[0].plot(layers, [counts[own].mean() for own in of_layer], "o-", ms=3, label=name)
        sums = group.calq.sum(axis=1) / UNITS_A_MIP
        lower[1].plot(layers, [np.median(sums[own]) for own in of_layer], "o-", ms=3, label=name)
    upper[0].set(xlabel="cells above 1 transverse MIP", ylabel="share of the modules", yscale="log")
    upper[1].set(
        xlabel="charge of a cell, transverse MIPs", ylabel="share of charged cells, 1/MIP", xscale="log", yscale="log"
    )
    lower[0].set(xlabel="layer", ylabel="cells above 1 transverse MIP, mean")
    lower[1].set(xlabel="layer", ylabel="sum of a module, median, transverse MIPs")
    upper[0].legend(fontsize=8, frameon=False)
    return figure


def by_pileup(modules: Modules) -> dict[str, Modules]:
    """The modules of each pile-up under its name; all together where it is not known."""
    if "pileup" not in modules.truth:
        return {"all modules": modules}
    pileup = modules.truth["pileup"]
    return {f"pile-up {value}": modules.take(pileup == value) for value in np.unique(pileup)}


def typical_to_busiest(modules: Modules, count: int = 6) -> list[int]:
    """Numbers of at most `count` modules, by rising charge, from the median to the largest."""
    order = np.argsort(modules.calq.sum(axis=1), kind="stable")
    ranks = (len(order) - 1) * (1 - np.geomspace(0.5, 0.5 / len(order), count))
    return list(dict.fromkeys(order[np.rint(ranks).astype(np.int64)].tolist()))


def save(figure: Any, path: Path) -> None:
    """Saves a figure; the type of the file follows its ending. Raises `CalorimeterDataError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise CalorimeterDataError(f"cannot write the figure {path}: {error}") from None


def _draw_module(axes: Any, charges: NDArray[Any], scale: Any) -> Any:
    """Rhombi coloured by `charges` (48,), and the borders of the three rhombi of 4 x 4."""
    from matplotlib.collections import PolyCollection

    corners = np.stack(cell_corners_cm())
    filled = charges > 0
    axes.add_collection(PolyCollection(list(corners[~filled]), facecolors=EMPTY, edgecolors=EDGE, linewidths=0.6))
    cells = PolyCollection(list(corners[filled]), cmap="viridis", norm=scale, edgecolors=EDGE, linewidths=0.6)
    cells.set_array(charges[filled])
    axes.add_collection(cells)
    for rhombus in range(3):
        own = corners[16 * rhombus : 16 * rhombus + 16].reshape(-1, 2)
        ends = own[_hull(own)]
        axes.plot(*np.vstack([ends, ends[:1]]).T, color=BORDER, linewidth=0.8)
    axes.set(xlim=(-9.2, 9.2), ylim=(-MODULE_HEIGHT_CM / 2 - 0.5, MODULE_HEIGHT_CM / 2 + 0.5), aspect="equal")
    axes.set_axis_off()
    return cells


def _hull(points: NDArray[Any]) -> list[int]:
    """Indices of the four corners of a rhombus, around it."""
    middle = points.mean(axis=0)
    angle, distance = np.arctan2(*(points - middle).T[::-1]), np.linalg.norm(points - middle, axis=1)
    far = int(distance.argmax())
    turned = [angle[far] + quarter * np.pi / 2 for quarter in range(4)]
    reach = [distance * np.cos(angle - direction) for direction in turned]
    return [int(found.argmax()) for found in reach]


def _title(modules: Modules, number: int) -> str:
    truth = {name: column[number] for name, column in modules.truth.items()}
    words = [f"layer {truth['layer']}"] if "layer" in truth else []
    words += [f"eta {truth['eta']:.2f}"] if "eta" in truth else []
    words += [f"pile-up {truth['pileup']}"] if "pileup" in truth else []
    total = modules.calq[number].sum() / UNITS_A_MIP
    return f"module {number}: {total:.1f} MIP$_T$\n{', '.join(words)}"


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise CalorimeterDataError(
            "pictures need matplotlib, which is not installed: pip install 'trigforge[plot]'"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")
