"""The geometry of the coverage on a page: for each tensor, how many of its elements have and use each bit."""

from collections.abc import Mapping
from dataclasses import dataclass

from trigforge.coverage.ranking import LayerCoverage, by_layer, verdicts
from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all
from trigforge.tone import Tone


@dataclass(frozen=True)
class Row:
    """One tensor and its quantizer; ``held`` and ``used`` are paths of SVG, columns on the scale of the page."""

    tensor: TensorCoverage
    quantizer: QuantizerCoverage | None
    held: str
    used: str

    @property
    def bits(self) -> int:
        """The bits of one copy."""
        return sum(self.tensor.width)

    @property
    def unused(self) -> tuple[int, int]:
        """The unused high and low bits of one copy."""
        return sum(self.tensor.unused_high), sum(self.tensor.unused_low)

    @property
    def tone(self) -> Tone | None:
        """That of its quantizer."""
        return _tone(self.quantizer)

    @property
    def overflow(self) -> tuple[str, str]:
        """The share of values that were out of range, with the overflow mode, and their number."""
        if self.quantizer is None:
            return "", ""
        count = self.quantizer.overflowed
        return self.quantizer.overflow_told, f"{count:,}" if count else ""

    @property
    def rounded(self) -> tuple[str, str]:
        """The share of values that lost bits at the end, and their number."""
        if self.quantizer is None:
            return "", ""
        count = self.quantizer.rounded
        return percent_of_all(self.quantizer.rounded_fraction), f"{count:,}" if count else ""

    @property
    def observed(self) -> str:
        """The smallest and the largest value of any element."""
        low, high = self.tensor.observed
        return f"{low:.4g} to {high:.4g}"

    @property
    def summary(self) -> str:
        """The chart in words."""
        high, low = self.unused
        return f"{self.tensor.name}: of {self.bits:,} bits, {high:,} high and {low:,} low ones were never used"


@dataclass(frozen=True)
class Group:
    """The rows of one of the user's layers."""

    layer: LayerCoverage
    rows: tuple[Row, ...]

    @property
    def tone(self) -> Tone | None:
        """That of its worst quantizer."""
        return _tone(self.layer.worst)

    @property
    def losses(self) -> str:
        """The overflow of its worst quantizer and its unused bits, in words."""
        worst, (high, low) = self.layer.worst, self.layer.unused
        lost = "" if worst is None or not worst.overflowed else f"{worst.overflow_told}, "
        return f"{lost}{high + low:,} of {self.layer.bits:,} bits never used"


def _tone(quantizer: QuantizerCoverage | None) -> Tone | None:
    """Bad where values wrap around, open where they saturate."""
    if quantizer is None or not quantizer.overflowed:
        return None
    return Tone.BAD if quantizer.wraps else Tone.OPEN


@dataclass(frozen=True)
class Chart:
    """Sentences to begin with, then the layers, worst first, on one scale from the power ``low`` to ``high``.

    ``point`` is the x of the binary point, None where it lies outside.
    """

    sentences: list[tuple[str, Tone | None]]
    low: int
    high: int
    point: float | None
    groups: tuple[Group, ...]


def chart(coverage: Coverage, width: float, height: float) -> Chart:
    """Strips of ``width`` by ``height`` pixels, in the order of the terminal's table; a column a power of two, the last
    bits to the left."""
    layers = by_layer(coverage)
    counts = {tensor.name: tensor.bit_counts for layer in layers for tensor, _ in layer.tensors}
    powers = [power for entry in counts.values() for power in entry] or [0]
    low, high = min(powers), max(powers)
    pitch = width / (high - low + 1)

    def row(tensor: TensorCoverage, quantizer: QuantizerCoverage | None) -> Row:
        return Row(tensor, quantizer, *_columns(counts[tensor.name], low, pitch, height))

    groups = tuple(Group(layer, tuple(row(*entry) for entry in layer.tensors)) for layer in layers)
    return Chart(verdicts(coverage), low, high, -low * pitch if low < 0 <= high else None, groups)


def _columns(counts: Mapping[int, tuple[int, int]], low: int, pitch: float, full: float) -> tuple[str, str]:
    """Columns as high as the share of elements that have, and that used, each bit."""
    most = max((held for held, _ in counts.values()), default=1)
    paths = ["", ""]
    for power, pair in counts.items():
        for n, count in enumerate(pair):
            if count:
                x, height = (power - low) * pitch, full * count / most
                paths[n] += f"M{x:.1f} {full:g}v-{height:.1f}h{pitch - min(1, pitch / 2):.1f}v{height:.1f}z"
    return paths[0], paths[1]
