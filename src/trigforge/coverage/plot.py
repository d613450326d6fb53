"""The coverage as a picture: for every tensor, how many elements have each bit, and how many used it."""

from pathlib import Path
from typing import Any

from trigforge.coverage.records import Coverage, QuantizerCoverage
from trigforge.pictures import blank, check_suffix, save

_TYPE, _USED, _WRAPPED, _SATURATED = "#d5dbe3", "#2f6fab", "#c0392b", "#c77f14"


def save_plot(coverage: Coverage, path: Path) -> None:
    """Write ``path`` (.svg, .png or .pdf).

    Raises ``ToolMissingError`` without matplotlib, ``ProjectError`` for another suffix or a folder that refuses.
    """
    check_suffix(path)
    tensors = coverage.telling
    # matplotlib types its keyword arguments incompletely.
    figure = blank(9, 1.6 + 0.24 * len(tensors), "the table and coverage.json are there")
    from matplotlib.patches import Patch

    axes: Any = figure.add_subplot()
    counts = [tensor.bit_counts for tensor in tensors]
    powers = [power for entry in counts for power in entry] or [0]
    right = max(powers) + 1
    for row, (tensor, entry) in enumerate(zip(tensors, counts, strict=True)):
        most = max((held for held, _ in entry.values()), default=1)
        for which, colour in ((0, _TYPE), (1, _USED)):
            heights = [-0.72 * pair[which] / most for pair in entry.values()]
            axes.bar([power + 0.5 for power in entry], heights, 0.9, bottom=row + 0.36, color=colour)
        quantizer = coverage.quantizer(tensor.name)
        if quantizer is not None and quantizer.overflowed:
            axes.text(right + 0.4, row, quantizer.overflow_told, va="center", fontsize=8, color=_colour(quantizer))
    axes.set_yticks(range(len(tensors)), [tensor.name for tensor in tensors], fontsize=8)
    axes.set_ylim(len(tensors) - 0.4, -0.6)
    axes.set_xlim(min(powers) - 0.5, right + 5)
    axes.set_xlabel("bit, as the power of two of its weight; a sign is the first bit of its element")
    axes.set_title(f"{coverage.model}, {coverage.events:,} events", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.grid(True, color="#eef0f3")
    axes.set_axisbelow(True)
    legend = [Patch(color=_TYPE, label="elements that have the bit"), Patch(color=_USED, label="that used it")]
    if any(entry.overflowed and entry.wraps for entry in coverage.quantizers):
        legend.append(Patch(color=_WRAPPED, label="values that wrapped around"))
    if any(entry.overflowed and not entry.wraps for entry in coverage.quantizers):
        legend.append(Patch(color=_SATURATED, label="values that saturated"))
    figure.legend(handles=legend, fontsize=8, frameon=False, loc="outside lower center", ncols=len(legend))
    save(figure, path)


def _colour(quantizer: QuantizerCoverage) -> str:
    return _WRAPPED if quantizer.wraps else _SATURATED
