"""The order and the sentences in which a coverage is told: losses first."""

from collections.abc import Sequence

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
