"""``Coverage``: the values that tensors took on a user's own events, beside the ranges of their types."""

from dataclasses import dataclass
from math import ldexp
from typing import assert_never

from trigforge.graph.kinds import INPUT, by_kind
from trigforge.graph.ops import (
    Concat,
    Constant,
    Einsum,
    Linear,
    Map,
    Op,
    Pairwise,
    Rearrangement,
    Reduction,
    Select,
    Unary,
)
from trigforge.json_records import Count


@dataclass(frozen=True)
class QuantizerCoverage:
    """The losses of one ``Requantize``, or of the encoding of one input, on the way into the tensor ``tensor``.

    Of ``values`` (events, elements and copies; pruned elements are left out) so many are ``rounded`` (bits below the
    last one were not all 0), and after rounding lay ``below`` or ``above`` the range: they wrapped under ``WRAP``, else
    saturated. Where all types are ``unsigned``, saturation from below is what a Relu does, and no loss.
    ``not_numbers`` counts host values that were NaN.
    """

    tensor: str
    rounding: str
    overflow: str
    values: Count
    rounded: Count
    below: Count
    above: Count
    unsigned: bool
    not_numbers: Count = 0

    @property
    def wraps(self) -> bool:
        """An overflow here changes the sign or the size of a value at will."""
        return self.overflow == "WRAP"

    @property
    def overflowed(self) -> int:
        """Values that wrapped or saturated, without those that a Relu takes anyhow."""
        return self.above + (0 if self.unsigned and not self.wraps else self.below)

    @property
    def overflow_fraction(self) -> float:
        return self.overflowed / max(1, self.values)

    @property
    def overflow_told(self) -> str:
        """The share of values that overflowed, with what became of them."""
        share = percent_of_all(self.overflow_fraction)
        return f"{share} {self.overflow}" if self.overflowed else share

    @property
    def rounded_fraction(self) -> float:
        return self.rounded / max(1, self.values)


@dataclass(frozen=True)
class TensorCoverage:
    """One tensor; all ranges are mantissas at the scale ``2**lsb`` of its hull, the type ``type``.

    ``name`` is the path of a tensor inside ``Map`` bodies (``map/relu``), ``layer`` the user's layer that it comes
    from, its first one of several, and its name where it comes from none. ``copies`` is how often the body is built,
    all of which are counted together. ``lsb_used`` is the number of last bits that no element ever used. The tuples
    hold one entry an element, last axis fastest. ``unused_high`` are bits of the element's own type that always
    repeated the next one below (the sign bit of what was never negative included), ``unused_low`` last bits that were
    always 0; of an element that was always 0 all bits are unused high ones.
    """

    name: str
    layer: str
    kind: str
    copies: Count
    shape: tuple[Count, ...]
    type: str
    lsb: int
    lsb_used: Count
    width: tuple[Count, ...]
    lo: tuple[int, ...]
    hi: tuple[int, ...]
    observed_lo: tuple[int, ...]
    observed_hi: tuple[int, ...]
    unused_high: tuple[Count, ...]
    unused_low: tuple[Count, ...]

    @property
    def bits(self) -> int:
        """The bits of all elements of all copies."""
        return sum(self.width) * self.copies

    @property
    def unused_bits(self) -> int:
        """The unused high and low bits of all elements of all copies."""
        return (sum(self.unused_high) + sum(self.unused_low)) * self.copies

    @property
    def bit_counts(self) -> dict[int, tuple[int, int]]:
        """Counts by power of two: the elements of one copy whose type has a bit of this weight, and those that used it.

        Summed over all powers that is ``width``, and ``width`` without the unused bits. A sign is the bit above all
        others of its element.
        """
        counts: dict[int, tuple[int, int]] = {}
        for width, lo, hi, high, low in zip(
            self.width, self.lo, self.hi, self.unused_high, self.unused_low, strict=True
        ):
            reach = max(max(hi, 0).bit_length(), (~lo).bit_length() if lo < 0 else 0) + (lo < 0)
            last = self.lsb + reach - width
            for bit in range(width):
                held, used = counts.get(last + bit, (0, 0))
                counts[last + bit] = held + 1, used + (low <= bit < width - high)
        return dict(sorted(counts.items()))

    @property
    def silent(self) -> int:
        """Elements that can change and never did."""
        ranges = zip(self.lo, self.hi, self.observed_lo, self.observed_hi, strict=True)
        return sum(lo < hi and low == high for lo, hi, low, high in ranges)

    @property
    def representable(self) -> tuple[float, float]:
        """The smallest and the largest value that any element can have."""
        return ldexp(min(self.lo, default=0), self.lsb), ldexp(max(self.hi, default=0), self.lsb)

    @property
    def observed(self) -> tuple[float, float]:
        """The smallest and the largest value that any element had."""
        return ldexp(min(self.observed_lo, default=0), self.lsb), ldexp(max(self.observed_hi, default=0), self.lsb)


@dataclass(frozen=True)
class Coverage:
    """All tensors of a graph, in its order, on ``events`` events; and every place where bits may be lost."""

    model: str
    graph_digest: str
    events: Count
    tensors: tuple[TensorCoverage, ...]
    quantizers: tuple[QuantizerCoverage, ...]

    def quantizer(self, tensor: str) -> QuantizerCoverage | None:
        """The quantizer that made the tensor of this name; None where nothing can be lost."""
        return next((entry for entry in self.quantizers if entry.tensor == tensor), None)

    @property
    def telling(self) -> tuple[TensorCoverage, ...]:
        """The tensors without those that only move what others hold."""
        return tuple(tensor for tensor in self.tensors if TELLING.get(tensor.kind, True))

    @property
    def wrapping(self) -> tuple[QuantizerCoverage, ...]:
        """The quantizers that wrapped values around."""
        return tuple(entry for entry in self.quantizers if entry.wraps and entry.overflowed)

    @property
    def saturating(self) -> tuple[QuantizerCoverage, ...]:
        """The quantizers that saturated values, other than as a Relu does."""
        return tuple(entry for entry in self.quantizers if not entry.wraps and entry.overflowed)

    @property
    def unused_fraction(self) -> float:
        """The share of bits that were never used, of all bits of all copies."""
        return sum(tensor.unused_bits for tensor in self.telling) / max(1, sum(tensor.bits for tensor in self.telling))


def _tells(op: Op) -> bool:
    match op:
        case Linear() | Einsum() | Pairwise() | Select() | Reduction() | Unary():
            return True
        case Constant() | Rearrangement() | Concat() | Map():
            return False
        case _:
            assert_never(op)


TELLING = {INPUT: True, **by_kind(_tells)}
"""for each kind, whether its tensor says more than the tensors it is made of"""


def percent_of_all(fraction: float) -> str:
    """A short percentage; 0 and 100 stand for exactly 0 and 1 only."""
    if fraction in (0.0, 1.0):
        return f"{100 * fraction:.0f} %"
    if fraction < 0.0001:
        return f"{fraction * 1e6:.2g} ppm"
    share = 100 * min(fraction, 0.9999)
    return f"{share:.2f} %" if fraction < 0.01 or fraction > 0.999 else f"{share:.1f} %"
