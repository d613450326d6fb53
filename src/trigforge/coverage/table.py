"""The coverage by layer on one screen of the terminal, largest losses first."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.coverage.ranking import LayerCoverage, by_layer, verdicts
from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all

_LEGEND = (
    "type, observed: of a layer's output; range: observed of representable; overflow, rounded: the largest share of "
    "values in one of its tensors; unused: high bits + low bits that were never used / bits of one copy"
)


def render(coverage: Coverage, rows: int | None = 24) -> RenderableType:
    """A verdict and a table of at most ``rows`` layers; None: all, with the tensors of each below it. Readable without
    colour."""
    found = by_layer(coverage)
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for title in ("layer", "type", "observed", "range", "overflow", "rounded", "unused"):
        left = title in ("layer", "type")
        table.add_column(title, justify="left" if left else "right", overflow="fold", no_wrap=title != "layer")
    for layer in found[:rows]:
        table.add_row(*_layer(layer), style="bold" if rows is None else None)
        if rows is None:
            for tensor, quantizer in layer.tensors:
                name = f"  {tensor.name}" + (f" x{tensor.copies}" if tensor.copies > 1 else "")
                table.add_row(Text(name), *_row(tensor, quantizer))
    hidden = len(found) - len(found[:rows])
    more = [f"{hidden} more layers; "] if hidden else []
    if rows is not None:
        more.append(f"--all shows the {len(coverage.telling)} tensors of all layers")
    headline = Text(f"{coverage.model}: {coverage.events:,} events", style="bold")
    lines = [Text(line, tone.style if tone else "") for line, tone in verdicts(coverage)]
    last = [Text("".join(more), style="dim")] if more else []
    return Group(headline, *lines, Text(), table, *last, Text(_LEGEND, style="dim"))


def _layer(layer: LayerCoverage) -> tuple[Text | str, ...]:
    output, rounded = layer.output, layer.rounded_fraction
    high, low = layer.unused
    return (
        layer.name,
        *_held(output),
        _overflow(layer.worst),
        "-" if rounded is None else percent_of_all(rounded),
        f"{high}+{low}/{layer.bits}",
    )


def _row(tensor: TensorCoverage, quantizer: QuantizerCoverage | None) -> tuple[Text | str, ...]:
    return (
        *_held(tensor),
        _overflow(quantizer),
        percent_of_all(quantizer.rounded_fraction) if quantizer else "-",
        f"{sum(tensor.unused_high)}+{sum(tensor.unused_low)}/{sum(tensor.width)}",
    )


def _held(tensor: TensorCoverage) -> tuple[str, str, str]:
    """The type of a tensor, its observed range, and the share that this is of the type's."""
    low, high = tensor.observed
    least, most = tensor.representable
    share = (high - low) / (most - least) if most > least else 1.0
    return tensor.type, f"{low:.3g}..{high:.3g}", percent_of_all(share)


def _overflow(quantizer: QuantizerCoverage | None) -> Text | str:
    if quantizer is None:
        return "-"
    style = "" if not quantizer.overflowed else "red" if quantizer.wraps else "yellow"
    return Text(quantizer.overflow_told, style=style)
