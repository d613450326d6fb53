"""The order and the sentences in which a coverage is told: losses first, by layer or by tensor."""

from collections.abc import Sequence
from dataclasses import dataclass

from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all
from trigforge.tone import Tone


def ranked(coverage: Coverage) -> list[tuple[TensorCoverage, QuantizerCoverage | None]]:
    """Tensors and their quantizers: first those that wrap, then those that saturate, then by unused bits."""
    found = [(tensor, coverage.quantizer(tensor.name)) for tensor in coverage.telling]

    def weight(entry: tuple[TensorCoverage, QuantizerCoverage | None]) -> tuple[float, float, float]:
        tensor, quantizer = entry
        lost = quantizer.overflow_fraction if quantizer else 0.0
        wrapped = lost if quantizer and quantizer.wraps else 0.0
        return -wrapped, -lost, -tensor.unused_bits / max(1, tensor.bits)

    return sorted(found, key=weight)


@dataclass(frozen=True)
class LayerCoverage:
    """The tensors of one of the user's layers, with their quantizers, in the order of the graph."""

    name: str
    tensors: tuple[tuple[TensorCoverage, QuantizerCoverage | None], ...]

    @property
    def output(self) -> TensorCoverage:
        """The last of its tensors."""
        return self.tensors[-1][0]

    @property
    def worst(self) -> QuantizerCoverage | None:
        """The quantizer that loses the largest share of its values, one that wraps first; None without any."""
        found = [quantizer for _, quantizer in self.tensors if quantizer is not None]
        return max(found, key=lambda q: (q.wraps and q.overflowed > 0, q.overflow_fraction), default=None)

    @property
    def rounded_fraction(self) -> float | None:
        """The largest share of values that one of its quantizers rounds; None without any."""
        return max((quantizer.rounded_fraction for _, quantizer in self.tensors if quantizer is not None), default=None)

    @property
    def bits(self) -> int:
        """The bits of one copy of each of its tensors."""
        return sum(sum(tensor.width) for tensor, _ in self.tensors)

    @property
    def unused(self) -> tuple[int, int]:
        """The unused high and low bits of them."""
        return (
            sum(sum(tensor.unused_high) for tensor, _ in self.tensors),
            sum(sum(tensor.unused_low) for tensor, _ in self.tensors),
        )


def by_layer(coverage: Coverage) -> list[LayerCoverage]:
    """The layers in the order in which the first of their tensors is ``ranked``."""
    order = list(dict.fromkeys(tensor.layer for tensor, _ in ranked(coverage)))
    held: dict[str, list[tuple[TensorCoverage, QuantizerCoverage | None]]] = {name: [] for name in order}
    for tensor in coverage.telling:
        held[tensor.layer].append((tensor, coverage.quantizer(tensor.name)))
    return [LayerCoverage(name, tuple(tensors)) for name, tensors in held.items()]


def verdicts(coverage: Coverage) -> list[tuple[str, Tone | None]]:
    """Sentences about what is lost and what is not used, each with its tone; None if it is neither good nor bad."""
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
