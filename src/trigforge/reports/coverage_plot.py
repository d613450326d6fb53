"""The coverage as a picture: for every tensor the bits of its type, and those that its values used."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from trigforge.errors import ProjectError, ToolMissingError
from trigforge.reports.coverage import Coverage, QuantizerCoverage, TensorCoverage
from trigforge.reports.coverage_table import MOVING, percent

_TYPE, _USED, _WRAPPED, _SATURATED = "#d5dbe3", "#2f6fab", "#c0392b", "#c77f14"
_SUFFIXES = (".svg", ".png", ".pdf")


def save_plot(coverage: Coverage, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf).

    Raises ``ToolMissingError`` without matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise ProjectError(f"plot {path}: the suffix {path.suffix!r} is unknown; known are {', '.join(_SUFFIXES)}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import Patch
    except ImportError:
        raise ToolMissingError(
            "matplotlib is missing: pip install 'trigforge[plot]'. Without it, the table and coverage.json are there"
        ) from None
    tensors = [tensor for tensor in coverage.tensors if tensor.kind not in MOVING]
    # matplotlib types its keyword arguments incompletely.
    figure: Any = Figure(figsize=(9, 1.6 + 0.24 * len(tensors)), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot()
    reach = [_type_bits(tensor) for tensor in tensors]
    right = max((high for _, high in reach), default=1)
    for row, tensor in enumerate(tensors):
        low, high = _type_bits(tensor)
        axes.barh(row, high - low, left=low, height=0.72, color=_TYPE)
        used_low, used_high = _used_bits(tensor)
        axes.barh(row, used_high - used_low, left=used_low, height=0.4, color=_USED)
        quantizer = coverage.quantizer(tensor.name)
        if quantizer is not None and quantizer.overflowed:
            axes.text(right + 0.4, row, _said(quantizer), va="center", fontsize=8, color=_colour(quantizer))
    axes.set_yticks(range(len(tensors)), [tensor.name for tensor in tensors], fontsize=8)
    axes.set_ylim(len(tensors) - 0.4, -0.6)
    axes.set_xlim(min((low for low, _ in reach), default=0) - 0.5, right + 5)
    axes.set_xlabel("bit, as the power of two of its weight (a sign has no bar)")
    axes.set_title(f"{coverage.model}, {coverage.events:,} events", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.grid(True, color="#eef0f3")
    axes.set_axisbelow(True)
    legend = [Patch(color=_TYPE, label="bits of the type"), Patch(color=_USED, label="bits that were used")]
    if any(entry.overflowed and entry.wraps for entry in coverage.quantizers):
        legend.append(Patch(color=_WRAPPED, label="values that wrapped around"))
    if any(entry.overflowed and not entry.wraps for entry in coverage.quantizers):
        legend.append(Patch(color=_SATURATED, label="values that saturated"))
    figure.legend(handles=legend, fontsize=8, frameon=False, loc="outside lower center", ncols=len(legend))
    beside = path.with_name(f".{path.name}.trigforge-new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(beside, dpi=150, format=path.suffix[1:].lower(), metadata=_undated(path))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise ProjectError(f"cannot write {path}: {error.strerror}; choose another folder") from None


def _undated(path: Path) -> dict[str, None]:
    """No date in the file: the same coverage gives the same picture."""
    return {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower(), {})


def _magnitude_bits(lo: int, hi: int) -> int:
    return max(max(hi, 0).bit_length(), (-lo - 1).bit_length() if lo < 0 else 0)


def _type_bits(tensor: TensorCoverage) -> tuple[int, int]:
    """Powers of two of the last and of the first bit (one above it), without the sign."""
    count = _magnitude_bits(min(tensor.lo, default=0), max(tensor.hi, default=0))
    return tensor.lsb, tensor.lsb + max(1, count)


def _used_bits(tensor: TensorCoverage) -> tuple[int, int]:
    count = _magnitude_bits(min(tensor.observed_lo, default=0), max(tensor.observed_hi, default=0))
    if not count:
        return tensor.lsb, tensor.lsb
    low = min(tensor.lsb_used, count - 1)
    return tensor.lsb + low, tensor.lsb + count


def _said(quantizer: QuantizerCoverage) -> str:
    return f"{percent(quantizer.overflow_fraction)} {quantizer.overflow}"


def _colour(quantizer: QuantizerCoverage) -> str:
    return _WRAPPED if quantizer.wraps else _SATURATED
