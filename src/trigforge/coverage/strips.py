"""The geometry of the coverage on a page: for each tensor, how many of its elements have and use each bit."""

from collections.abc import Mapping
from dataclasses import dataclass

from trigforge.coverage.ranking import ranked, verdicts
from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all
from trigforge.tone import Tone

SHOWN_FIRST = 24
"""Rows before the others fold away."""


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
        """Bad where values wrap around, open where they saturate."""
        if self.quantizer is None or not self.quantizer.overflowed:
            return None
        return Tone.BAD if self.quantizer.wraps else Tone.OPEN

    @property
    def overflow(self) -> tuple[str, str]:
        """The share of values that were out of range, with the overflow mode, and their number."""
        if self.quantizer is None:
            return "", ""
        share = percent_of_all(self.quantizer.overflow_fraction)
        count = self.quantizer.overflowed
        return (f"{share} {self.quantizer.overflow}", f"{count:,}") if count else (share, "")

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
class Chart:
    """Sentences to begin with, then all rows, worst first, on one scale from the power ``low`` to ``high``.

    ``point`` is the x of the binary point, None where it lies outside.
    """

    sentences: list[tuple[str, Tone | None]]
    low: int
    high: int
    point: float | None
    rows: tuple[Row, ...]


def chart(coverage: Coverage, width: float, height: float) -> Chart:
    """Strips of ``width`` by ``height`` pixels, in the order of the terminal's table; a column a power of two, the last
    bits to the left."""
    found = [(tensor, quantizer, tensor.bit_counts) for tensor, quantizer in ranked(coverage)]
    powers = [power for _, _, counts in found for power in counts] or [0]
    low, high = min(powers), max(powers)
    pitch = width / (high - low + 1)
    rows = tuple(Row(tensor, quantizer, *_columns(counts, low, pitch, height)) for tensor, quantizer, counts in found)
    return Chart(verdicts(coverage), low, high, -low * pitch if low < 0 <= high else None, rows)


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
