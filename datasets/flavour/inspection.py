"""A table and a figure of the jets in a file, class by class."""

from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from datasets.flavour.errors import FlavourDataError
from datasets.flavour.schema import CLASSES, FEATURES, FlavourJets

_D0, _Z0, _SHARE = (FEATURES.index(name) for name in ("d0_significance", "z0_significance", "pt_fraction"))
_FAR = 5.0


def summary_table(jets: FlavourJets, title: str) -> Table:
    """One row a class: jets, tracks, the most significant d0 and z0, and pT of the jet in GeV (percentiles)."""
    table = Table(
        title=title,
        caption="tracks: mean number, 15 at most. S: d0 over its error, of the track that is first: median of the "
        f"absolute value, share of the jets beyond +{_FAR:g} and -{_FAR:g}. pT: of the jet, GeV. The b jets should "
        "have the largest S.",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("class")
    for column in ("jets", "tracks", "|S| median", f"S > {_FAR:g}", f"S < -{_FAR:g}", "pT 16/50/84 %"):
        table.add_column(column, justify="right", no_wrap=True)
    counts = jets.counts
    for label, name in enumerate(CLASSES):
        chosen = jets.labels == label
        if not chosen.any():
            table.add_row(name, "0", *["-"] * 5)
            continue
        first = jets.tracks[chosen, 0, _D0]
        shown = [] if jets.jet_pt is None else np.percentile(jets.jet_pt[chosen], [16, 50, 84])
        table.add_row(
            name,
            f"{chosen.sum():,}",
            f"{counts[chosen].mean():.2f}",
            f"{np.median(np.abs(first)):.2f}",
            f"{(first > _FAR).mean():.1%}",
            f"{(first < -_FAR).mean():.1%}",
            " / ".join(f"{pt:.0f}" for pt in shown) or "-",
        )
    return table


def save_figure(jets: FlavourJets, path: Path) -> None:
    """Saves distributions by class; the type of the file follows its ending. Raises FlavourDataError."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise FlavourDataError(
            "pictures need matplotlib, which is not installed: pip install 'trigforge[plot]'"
        ) from None
    figure = Figure(figsize=(11, 9), layout="constrained")
    panels = figure.subplots(3, 2)
    counts, present = jets.counts, np.any(jets.tracks, axis=2)
    wide, tail = np.linspace(-40, 40, 81), np.linspace(-100, 100, 81)
    for label, name in enumerate(CLASSES):
        chosen = jets.labels == label
        tracks, there = jets.tracks[chosen], present[chosen]
        drawn = (
            (tracks[:, 0, _D0], tail),
            (tracks[:, :, _D0][there], wide),
            (tracks[:, :, _Z0][there], wide),
            (tracks[:, :, _SHARE][there], np.linspace(0, 1, 51)),
            (counts[chosen], np.arange(-0.5, 16.5)),
            (np.zeros(0) if jets.jet_pt is None else jets.jet_pt[chosen], np.linspace(0, 480, 49)),
        )
        for axes, (values, edges) in zip(panels.ravel(), drawn, strict=True):
            weights = np.full(len(values), 1 / max(len(values), 1))
            heights, _, _ = axes.hist(values, bins=edges.tolist(), weights=weights, histtype="step", label=name)
            if np.any(heights) and axes is not panels[2, 0]:
                axes.set_yscale("log")
    labels = (
        "d0 / error, first track",
        "d0 / error, every track",
        "z0 / error, every track",
        "pT of a track over the jet's",
        "tracks a jet, 15 at most",
        "pT of the jet [GeV]",
    )
    for number, (axes, text) in enumerate(zip(panels.ravel(), labels, strict=True)):
        axes.set(xlabel=text, ylabel="share of the jets" if number in (0, 4, 5) else "share of the tracks")
    panels[0, 0].legend(frameon=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise FlavourDataError(f"cannot write the figure {path}: {error}") from None
