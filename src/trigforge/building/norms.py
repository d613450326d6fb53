"""Words that normalize: layer normalization and its form without a mean, by leading one, shift and table."""

from dataclasses import dataclass

import numpy as np

from trigforge.building.arithmetic import add, constant, multiply, shift, subtract, sum_over
from trigforge.building.quantization import Quantization
from trigforge.building.refusals import Refusal
from trigforge.building.tables import table
from trigforge.building.tensor import Floats, Step, Tensor
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import LeadingOne, ShiftBy


@dataclass(frozen=True)
class NormBits:
    """Bits within a normalization, whatever its input.

    ``share`` are those of an entry over the power of two next below the spread, with its sign, below 2; ``mantissa``
    those of the sum of squares over the square of that power, 1 to 4, the address of a table; ``root`` those behind the
    point of one over its root. An entry of the result is at most ``error(entries)`` away from the formula of the
    quantized distances. Raises ``Refusal`` for bits that carry nothing.
    """

    share: int = 9
    mantissa: int = 6
    root: int = 8

    def __post_init__(self) -> None:
        if not (3 <= self.share <= 16 and 3 <= self.mantissa <= 12 and 1 <= self.root <= 16):
            raise Refusal(
                f"normalizes with {self.share} bits of a share, {self.mantissa} of a mantissa, {self.root} of a root",
                "take 3 to 16, 3 to 12, and 1 to 16",
            )

    @property
    def share_types(self) -> FixedTypes:
        """The type of an entry over the power of two."""
        return FixedTypes.of(1, self.share, 2)

    @property
    def mantissa_types(self) -> FixedTypes:
        """The type of the spread over the square of the power of two, at least 1 and below 4."""
        return FixedTypes.of(0, self.mantissa, 2)

    @property
    def places(self) -> float:
        """Units of a share's last place in 1."""
        return 2.0 ** (self.share - 2)

    @property
    def cells(self) -> float:
        """Units of a mantissa's last place in 1."""
        return 2.0 ** (self.mantissa - 2)

    def roots(self, entries: int) -> Floats:
        """``sqrt(entries / m)`` at the middle of what each mantissa, from 0 on, stands for, rounded to the nearest."""
        middles: Floats = (np.arange(1 << self.mantissa, dtype=np.float64) + 0.5) / self.cells
        return np.round(np.sqrt(entries / np.maximum(middles, 1)) * 2.0**self.root) / 2.0**self.root

    def root_types(self, entries: int) -> FixedTypes:
        """The type of such a root, which is at most ``sqrt(entries)``."""
        whole = int(np.ceil(np.log2(entries) / 2)) + 1
        return FixedTypes.of(0, whole + self.root, whole)

    @staticmethod
    def over(entries: int) -> float:
        """1 over the least power of two that is not below ``entries``."""
        return 0.5 ** _places(entries)

    @staticmethod
    def floor(epsilon: float, entries: int) -> float:
        """``epsilon`` as the sum of squares sees it, times ``entries^3 / 4^p``: the nearest power of two, so that it
        costs nothing, and the sum is never 0."""
        seen = epsilon * entries * (entries * NormBits.over(entries)) ** 2
        return 2.0 ** round(np.log2(max(seen, 2.0**-24)))

    def error(self, entries: int) -> float:
        """The most that an entry can be off: the share is cut off, below 2 and times at most ``sqrt(entries)``; the
        root is that of the middle of a cell, to a half of its last bit."""
        cell = np.sqrt(entries) * (1 - 1 / np.sqrt(1 + 0.5 / self.cells))
        return float(np.sqrt(entries) / self.places + 2 * (cell + 2.0 ** -(self.root + 1)))


def _places(entries: int) -> int:
    return (entries - 1).bit_length()


def layer_norm(x: Tensor, distance: Step, bits: NormBits, epsilon: float = 1e-3) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon)`` over the last axis (arXiv 1607.06450); ``batch_norm`` scales it.

    With ``n`` entries and ``2^p`` the least power of two that is not below ``n``, ``c = (n x - sum(x)) / 2^p`` is
    exact: the distance from the mean, times ``n / 2^p``. It is quantized by ``distance``, then normalized as in
    ``rms_norm``.
    """
    entries = x.shape[-1]
    many = multiply(x, constant(x, FixedArray.of(entries), "entries"), name="many")
    centred = subtract(many, sum_over(x, [-1], keepdims=True), "centred")
    return _normalized(distance(shift(centred, -_places(entries), "distance")), bits, epsilon)


def rms_norm(x: Tensor, distance: Step, bits: NormBits, epsilon: float = 1e-3) -> Tensor:
    """``x / sqrt(mean(x^2) + epsilon)`` over the last axis (arXiv 1910.07467); ``batch_norm`` scales it.

    ``c = distance(x n / 2^p)`` is quantized; ``t = sum(c^2) + NormBits.floor(epsilon, n)`` is exact and never 0. ``k``
    is half of the position of its leading one, rounded down, so that ``t / 4^k`` lies between 1 and 4 and ``c / 2^k``
    between -2 and 2; both are cut off to ``bits``. A table of ``2^bits.mantissa`` entries gives ``sqrt(n / (t / 4^k))``
    at the middles of its cells, and the result is the exact product of both.
    """
    entries = x.shape[-1]
    whole = multiply(x, constant(x, FixedArray.of(entries), "entries"), name="many")
    return _normalized(distance(shift(whole, -_places(entries), "distance")), bits, epsilon)


def _normalized(c: Tensor, bits: NormBits, epsilon: float) -> Tensor:
    build, entries = c.builder, c.shape[-1]
    squared = sum_over(multiply(c, c, name="squares"), [-1], keepdims=True, name="squared")
    least = constant(squared, FixedArray.from_float(np.float64(bits.floor(epsilon, entries))), "epsilon")
    spread = add(squared, least, name="spread")
    leading = build.add("leading", LeadingOne(), spread)
    down = table(leading, lambda e: -np.floor(e / 2), Quantization.of("ap_fixed<7,7>"), name="down")
    share = build.requantize("share", build.add("shifted", ShiftBy(), c, down), _cut(bits.share_types))
    doubled = shift(down, 1, "twice")
    mantissa = build.requantize("mantissa", build.add("shifted", ShiftBy(), spread, doubled), _cut(bits.mantissa_types))
    roots = bits.roots(entries)
    root = table(
        mantissa,
        lambda m: roots[(m * bits.cells).astype(np.int64)],
        Quantization(bits.root_types(entries)),
        name="inverse_root",
    )
    return multiply(share, root, name="normal")


def _cut(types: FixedTypes) -> Quantization:
    """Bits below the last one are cut off; there are none above the first."""
    return Quantization(types, Rounding.TRN, Overflow.WRAP)
