"""The coverage on one screen of the terminal: what loses most stands first."""

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.reports.coverage import Coverage, QuantizerCoverage, TensorCoverage

MOVING = ("Reshape", "Transpose", "Slice", "Concat", "Gather", "Constant", "Map")
"""Ops whose tensor says nothing that its operands did not say."""
_LEGEND = (
    "range: observed of representable; rounded: values that lost bits; "
    "unused: high bits + low bits that were never used / bits of one copy"
)


def ranked(coverage: Coverage) -> list[tuple[TensorCoverage, QuantizerCoverage | None]]:
    """Tensors with what made them: those that wrap first, then those that saturate, then the most unused bits."""
    found = [(tensor, coverage.quantizer(tensor.name)) for tensor in coverage.tensors if tensor.kind not in MOVING]

    def weight(entry: tuple[TensorCoverage, QuantizerCoverage | None]) -> tuple[float, float, float]:
        tensor, quantizer = entry
        lost = quantizer.overflow_fraction if quantizer else 0.0
        wrapped = lost if quantizer and quantizer.wraps else 0.0
        return -wrapped, -lost, -tensor.unused_bits / max(1, tensor.bits)

    return sorted(found, key=weight)


def render(coverage: Coverage, rows: int | None = 24) -> RenderableType:
    """A verdict and a table of at most ``rows`` tensors (None: all); readable without colour."""
    found = ranked(coverage)
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for title in ("tensor", "type", "observed", "range", "overflow", "rounded", "unused"):
        left = title in ("tensor", "type")
        table.add_column(title, justify="left" if left else "right", overflow="fold", no_wrap=title != "tensor")
    for tensor, quantizer in found[:rows]:
        table.add_row(*_row(tensor, quantizer))
    hidden = len(found) - len(found[:rows])
    more = [Text(f"{hidden} more tensors; --all shows them", style="dim")] if hidden else []
    return Group(*_verdict(coverage), Text(), table, *more, Text(_LEGEND, style="dim"))


def _verdict(coverage: Coverage) -> list[Text]:
    wraps = [entry for entry in coverage.quantizers if entry.wraps and entry.overflowed]
    saturates = [entry for entry in coverage.quantizers if not entry.wraps and entry.overflowed]
    bits = sum(tensor.bits for tensor in coverage.tensors if tensor.kind not in MOVING)
    unused = sum(tensor.unused_bits for tensor in coverage.tensors if tensor.kind not in MOVING)
    silent = sum(tensor.silent * tensor.copies for tensor in coverage.tensors if tensor.kind not in MOVING)
    nan = sum(entry.not_numbers for entry in coverage.quantizers)
    lines = [Text(f"{coverage.model}: {coverage.events:,} events", style="bold")]
    lines.append(
        _listed("wrapped around", wraps, lambda e: e.overflow_fraction, "red", "the type is too short for these events")
        if wraps
        else Text("no value wrapped around", style="green")
    )
    if saturates:
        lines.append(_listed("saturated", saturates, lambda e: e.overflow_fraction, "yellow", ""))
    if nan:
        lines.append(Text(f"{nan:,} host values were not numbers and became 0", style="yellow"))
    share = unused / max(1, bits)
    lines.append(Text(f"{unused:,} of {bits:,} bits ({share:.0%}) were never used; {silent:,} elements never changed"))
    return lines


def _listed(
    what: str,
    quantizers: Sequence[QuantizerCoverage],
    fraction: Callable[[QuantizerCoverage], float],
    style: str,
    hint: str,
) -> Text:
    worst = max(quantizers, key=fraction)
    count = sum(entry.overflowed for entry in quantizers)
    values = "value" if count == 1 else "values"
    where = f"{len(quantizers)} tensors" if len(quantizers) > 1 else "1 tensor"
    text = f"{count:,} {values} {what} in {where}, most in {worst.tensor} ({percent(fraction(worst))})"
    return Text(f"{text}; {hint}" if hint else text, style=style)


def _row(tensor: TensorCoverage, quantizer: QuantizerCoverage | None) -> tuple[Text | str, ...]:
    low, high = tensor.observed
    least, most = tensor.representable
    share = (high - low) / (most - least) if most > least else 1.0
    overflow: Text | str = "-"
    if quantizer is not None:
        style = "" if not quantizer.overflowed else "red" if quantizer.wraps else "yellow"
        said = percent(quantizer.overflow_fraction)
        overflow = Text(f"{said} {quantizer.overflow}" if quantizer.overflowed else said, style=style)
    unused = f"{sum(tensor.unused_high)}+{sum(tensor.unused_low)}/{sum(tensor.width)}"
    return (
        tensor.name + (f" x{tensor.copies}" if tensor.copies > 1 else ""),
        tensor.type,
        f"{low:.3g}..{high:.3g}",
        percent(share),
        overflow,
        percent(quantizer.rounded_fraction) if quantizer else "-",
        unused,
    )


def percent(fraction: float) -> str:
    """Short, and never 0 or 100 for what is not exactly that."""
    if fraction in (0.0, 1.0):
        return f"{fraction:.0%}"
    if fraction < 0.0001:
        return f"{fraction * 1e6:.2g} ppm"
    return f"{min(fraction, 0.9999):.2%}" if fraction < 0.01 or fraction > 0.999 else f"{fraction:.1%}"
