"""A table and a figure of the jets in a file, class by class."""

from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from datasets.jets.errors import JetDataError
from datasets.jets.schema import CLASS_NAMES, HIGH_LEVEL_NAMES, Jets

_MASS = HIGH_LEVEL_NAMES.index("j_mass_mmdt")
_MULTIPLICITY = HIGH_LEVEL_NAMES.index("j_multiplicity")
_PEAK_WINDOW_GEV = 7.0


def summary_table(jets: Jets, title: str) -> Table:
    """One row a class: jets, multiplicity (median and mean), groomed mass in GeV (percentiles 16, 50, 84; the window
    of 7 GeV that holds most jets, and their share), and the mean of the leading constituent's pT in GeV."""
    table = Table(
        title=title,
        caption="n: constituents. mass: j_mass_mmdt in GeV, percentiles. peak: the 7 GeV with most jets. "
        "pT1: leading constituent, mean, GeV.",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("class")
    for column in ("jets", "n median", "n mean", "mass 16/50/84 %", "peak", "in peak", "pT1"):
        table.add_column(column, justify="right", no_wrap=True)
    for label, name in enumerate(CLASS_NAMES):
        chosen = jets.label == label
        if not chosen.any():
            table.add_row(name, "0", *["-"] * 6)
            continue
        mass = jets.high_level[chosen, _MASS]
        multiplicity = jets.high_level[chosen, _MULTIPLICITY]
        centre, share = mass_peak(mass)
        low, middle, high = np.percentile(mass, [16, 50, 84])
        table.add_row(
            name,
            f"{chosen.sum():,}",
            f"{np.median(multiplicity):.0f}",
            f"{multiplicity.mean():.1f}",
            f"{low:.0f} / {middle:.0f} / {high:.0f}",
            f"{centre:.1f}",
            f"{share:.1%}",
            f"{jets.features[chosen, 0, 0].mean():.0f}",
        )
    return table


def mass_peak(mass: np.ndarray) -> tuple[float, float]:
    """Centre in GeV of the 7 GeV window (steps of 0.5 GeV) that holds most masses, and the share it holds."""
    edges = np.arange(0.0, 300.0, 0.5)
    ordered = np.sort(mass)
    inside = np.searchsorted(ordered, edges + _PEAK_WINDOW_GEV) - np.searchsorted(ordered, edges)
    best = int(np.argmax(inside))
    return float(edges[best] + _PEAK_WINDOW_GEV / 2), float(inside[best] / len(mass))


def save_plot(jets: Jets, path: Path) -> None:
    """Saves a figure of groomed mass and multiplicity per class; the file type follows the ending of `path`."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise JetDataError("--plot needs matplotlib, which is not installed: pip install 'trigforge[plot]'") from error
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    mass_axes, multiplicity_axes = figure.subplots(1, 2)
    for label, name in enumerate(CLASS_NAMES):
        chosen = jets.high_level[jets.label == label]
        for axes, column, bins in (
            (mass_axes, _MASS, np.arange(0.0, 252.0, 3.5)),
            (multiplicity_axes, _MULTIPLICITY, np.arange(0.0, 152.0, 3.0)),
        ):
            axes.hist(chosen[:, column], bins=bins, histtype="step", density=len(chosen) > 0, label=name)
    mass_axes.set(xlabel="j_mass_mmdt [GeV]", ylabel="density", yscale="log")
    multiplicity_axes.set(xlabel="j_multiplicity", ylabel="density")
    multiplicity_axes.legend()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise JetDataError(f"cannot write the figure {path}: {error}") from error
