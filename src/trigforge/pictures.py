"""Pictures: a figure of matplotlib, and a file of it that is the same in every run."""

from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from trigforge.errors import ProjectError, ToolMissingError
from trigforge.files import replacing

_SUFFIXES = (".svg", ".png", ".pdf")
_STYLED = (
    "xtick.direction",
    "ytick.direction",
    "xtick.minor",
    "ytick.minor",
    "xtick.top",
    "ytick.right",
    "axes.linewidth",
)
"""parts of the style of the field that figures take; fonts and sizes are their own"""


def check_suffix(path: Path) -> None:
    """``ProjectError`` for a suffix that is no picture's."""
    if path.suffix.lower() not in _SUFFIXES:
        raise ProjectError(f"plot {path}: the suffix {path.suffix!r} is unknown; known are {', '.join(_SUFFIXES)}")


def blank(width: float, height: float, without: str) -> Any:
    """An empty figure of inches; ``ToolMissingError`` where matplotlib is, with ``without``, what is there all the
    same."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ToolMissingError(f"matplotlib is missing: pip install 'trigforge[plot]'. Without it, {without}") from None
    figure: Any = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def styled() -> AbstractContextManager[None]:
    """The style of the field's figures, of mplhep, where that is installed."""
    try:
        mplhep: Any = import_module("mplhep")
        style: Any = import_module("matplotlib.style")
    except ImportError:
        return nullcontext()
    kept = {key: value for key, value in mplhep.style.ROOT.items() if key.startswith(_STYLED)}
    own: Any = style.context({**kept, "font.size": 9.0, "axes.labelsize": 9.0, "legend.fontsize": 8.0})
    return own


def save(figure: Any, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf), in a folder that is made; ``ProjectError`` where that is refused."""
    import matplotlib

    settings: Any = matplotlib
    check_suffix(path)
    kind = path.suffix[1:].lower()
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as place, settings.rc_context({"svg.hashsalt": "trigforge"}):
            figure.savefig(place, dpi=150, format=kind, metadata=undated)
    except OSError as error:
        raise ProjectError(f"cannot write {path}: {error.strerror}; choose another folder") from None
