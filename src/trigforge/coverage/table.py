"""The coverage on one screen of the terminal, largest losses first."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.coverage.ranking import ranked, verdicts
from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all

_LEGEND = (
    "range: observed of representable; rounded: values that lost bits; "
    "unused: high bits + low bits that were never used / bits of one copy"
)


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
    lines = [Text(line, tone.style if tone else "") for line, tone in verdicts(coverage)]
    return Group(headline, *lines, Text(), table, *more, Text(_LEGEND, style="dim"))


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
