"""The coverage on one screen of the terminal: what loses most stands first."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.reports.coverage import Coverage, QuantizerCoverage, TensorCoverage
from trigforge.reports.terminal import STYLES
from trigforge.reports.wording import Tone, percent_of_all

_LEGEND = (
    "range: observed of representable; rounded: values that lost bits; "
    "unused: high bits + low bits that were never used / bits of one copy"
)


def ranked(coverage: Coverage) -> list[tuple[TensorCoverage, QuantizerCoverage | None]]:
    """Tensors with what made them: those that wrap first, then those that saturate, then the most unused bits."""
    found = [(tensor, coverage.quantizer(tensor.name)) for tensor in coverage.telling]

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
    headline = Text(f"{coverage.model}: {coverage.events:,} events", style="bold")
    lines = [Text(line, STYLES[tone] if tone else "") for line, tone in verdicts(coverage)]
    return Group(headline, *lines, Text(), table, *more, Text(_LEGEND, style="dim"))


def verdicts(coverage: Coverage) -> list[tuple[str, Tone | None]]:
    """What is lost and what is not used, a sentence each; None where it means neither good nor bad."""
    lines: list[tuple[str, Tone | None]] = [("no value wrapped around", Tone.GOOD)]
    if coverage.wrapping:
        hint = "the type is too short for these events"
        lines = [(f"{_listed('wrapped around', coverage.wrapping)}; {hint}", Tone.BAD)]
    if coverage.saturating:
        lines.append((_listed("saturated", coverage.saturating), Tone.OPEN))
    if nan := sum(entry.not_numbers for entry in coverage.quantizers):
        lines.append((f"{nan:,} host values were not numbers and became 0", Tone.OPEN))
    bits, unused = (sum(getattr(tensor, key) for tensor in coverage.telling) for key in ("bits", "unused_bits"))
    silent = sum(tensor.silent * tensor.copies for tensor in coverage.telling)
    share = percent_of_all(coverage.unused_fraction)
    lines.append((f"{unused:,} of {bits:,} bits ({share}) were never used; {silent:,} elements never changed", None))
    return lines


def _listed(what: str, quantizers: Sequence[QuantizerCoverage]) -> str:
    worst = max(quantizers, key=lambda entry: entry.overflow_fraction)
    count = sum(entry.overflowed for entry in quantizers)
    values = "value" if count == 1 else "values"
    where = f"{len(quantizers)} tensors" if len(quantizers) > 1 else "1 tensor"
    return f"{count:,} {values} {what} in {where}, most in {worst.tensor} ({percent_of_all(worst.overflow_fraction)})"


def _row(tensor: TensorCoverage, quantizer: QuantizerCoverage | None) -> tuple[Text | str, ...]:
    low, high = tensor.observed
    least, most = tensor.representable
    share = (high - low) / (most - least) if most > least else 1.0
    overflow: Text | str = "-"
    if quantizer is not None:
        style = "" if not quantizer.overflowed else "red" if quantizer.wraps else "yellow"
        said = percent_of_all(quantizer.overflow_fraction)
        overflow = Text(f"{said} {quantizer.overflow}" if quantizer.overflowed else said, style=style)
    unused = f"{sum(tensor.unused_high)}+{sum(tensor.unused_low)}/{sum(tensor.width)}"
    return (
        tensor.name + (f" x{tensor.copies}" if tensor.copies > 1 else ""),
        tensor.type,
        f"{low:.3g}..{high:.3g}",
        percent_of_all(share),
        overflow,
        percent_of_all(quantizer.rounded_fraction) if quantizer else "-",
        unused,
    )
