"""The screen of a quantization: its loss, its size, and the bits of each layer."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.building import Quantization
from trigforge.flow.quality import Figure, Judged
from trigforge.flow.quantizing import Quantized
from trigforge.tone import Tone

_PARTS = ("weight", "sum", "result")


def render(found: Quantized) -> RenderableType:
    """A verdict, the figures, and a line for each input and layer; readable without colour."""
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for title in ("layer", *_PARTS, "bit operations", "of all", "before"):
        table.add_column(title, justify="left" if title == "layer" else "right", overflow="fold")
    for name, own in found.types.inputs.items():
        table.add_row(f"{name} (input)", "", "", _bits(own), "", "", "")
    total = sum(found.after.values())
    for name, operations in found.after.items():
        own, before = found.types.layer(name), found.before.get(name, 0)
        if own.parts or operations:
            share = f"{operations / total:.0%}" if total else ""
            bits = (_bits(getattr(own, part)) for part in _PARTS)
            table.add_row(name, *bits, f"{operations:,}", share, f"{before:,}")
    return Group(*_verdict(found), Text(), table, Text(_LEGEND, style="dim"))


_LEGEND = "bits of weights, of what an activation takes, and of results (fewest-most over the channels); - stays exact"


def _verdict(found: Quantized) -> list[Text]:
    own, (_, _, held_out) = found.judged, found.events
    kept = own.loss - own.error <= found.permitted
    before, after = sum(found.before.values()), sum(found.after.values())
    return [
        Text(f"{found.model}: {_told(own)}, on {held_out:,} events held out", style="bold"),
        Text(_loss(own, found.permitted), (Tone.GOOD if kept else Tone.BAD).style),
        Text(f"with the widest types: {_told(found.wide)}"),
        Text(f"largest difference from the float outputs: {found.largest:.3g}"),
        Text(f"{after:,} bit operations, {before:,} with the widest types"),
    ]


def _told(own: Judged) -> str:
    match own.figure:
        case Figure.ACCURACY:
            return f"accuracy {own.value:.2%}, in floating point {own.float_value:.2%}"
        case Figure.AGREEMENT:
            return f"{own.value:.2%} of the events get the class of the float model"
        case Figure.RESOLUTION:
            return f"resolution {own.value:.4g}, in floating point {own.float_value:.4g}"
        case Figure.DEVIATION:
            return f"outputs move by {own.value:.2%} of their spread"


def _loss(own: Judged, permitted: float) -> str:
    fits = "permitted" if own.loss - own.error <= permitted else "permitted: give more events, or search again"
    return f"loss {own.loss:.2%} ± {own.error:.2%}, {permitted:.2%} {fits}"


def _bits(own: Quantization | None) -> str:
    if own is None:
        return "-"
    fewest, most = int(own.types.width.values.min()), int(own.types.width.values.max())
    return f"{most}" if fewest == most else f"{fewest}-{most}"
