"""Pictures of studies: SVG with text as text, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

COLOURS = ("#4477aa", "#ee6677", "#228833", "#aa3377", "#ccbb44", "#66ccee")


@contextmanager
def figure_at(path: Path, width: float, height: float) -> Iterator[Figure]:
    """A figure of so many inches, saved as SVG without a date."""
    salt = path.stem.partition("_")[0]
    settings = {"svg.hashsalt": salt, "svg.fonttype": "none", "font.size": 9, "axes.grid": True, "grid.alpha": 0.25}
    with matplotlib.rc_context():
        matplotlib.rcParams.update({**settings, "axes.spines.top": False, "axes.spines.right": False})
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(path, metadata={"Date": None})
