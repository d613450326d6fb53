"""``Quantization``: the one form into which a front-end turns the quantizers of its framework."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from trigforge.building.refusals import Refusal
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding, exact

ONE, ZERO = FixedArray.of(1), FixedArray.of(0)
_SHORT_BITS = 24


@dataclass(frozen=True)
class Quantization:
    """A quantizer of activations: ``requantize(x) * scale + offset``, both exact.

    ``types`` has one type an element and broadcasts to the tensor, without the event axis.
    """

    types: FixedTypes
    rounding: Rounding = Rounding.RND_CONV
    overflow: Overflow = Overflow.SAT
    scale: FixedArray = ONE
    offset: FixedArray = ZERO

    @classmethod
    def of(cls, spelling: str, rounding: str = "RND_CONV", overflow: str = "SAT") -> Self:
        """One type for all elements, with modes, as they are printed: ``Quantization.of("ap_fixed<8,3>", "RND")``."""
        return cls(FixedTypes.uniform(FixedType.parse(spelling)), Rounding[rounding], Overflow[overflow])

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``ap_fixed<W,I>``, or ``ap_fixed<W,I,RND,SAT>`` with a rounding and an overflow.

        Without modes halves are rounded to even and values outside saturate. A ValueError for any other text.
        """
        parts = text.strip().removesuffix(">").split(",")
        modes = parts[2:] if len(parts) <= 4 else []
        types = FixedTypes.uniform(FixedType.parse(f"{','.join(parts[:2])}>" if modes else text))
        rounding, overflow = [*modes, "", ""][:2]
        try:
            return cls(types, Rounding[rounding.strip() or "RND_CONV"], Overflow[overflow.strip() or "SAT"])
        except KeyError as error:
            raise ValueError(f"{text!r} has the unknown mode {error.args[0]!r}") from None

    def types_of(self, shape: tuple[int, ...]) -> FixedTypes:
        """One type for each element of a tensor of ``shape``; ``Refusal`` where they do not fit."""
        try:
            return self.types.broadcast(shape)
        except ValueError:
            found = f"has types of shape {[*self.types.shape]} for a tensor of shape {[*shape]}"
            raise Refusal(found, "give one type, or one an element") from None


def is_short(values: npt.ArrayLike) -> bool:
    """True for finite numbers of at most 24 significant bits, which 0.1 is not."""
    numbers = np.asarray(values, np.float64)
    if not bool(np.isfinite(numbers).all()):
        return False
    return int(exact.bit_length(FixedArray.from_float(numbers).mantissa.values).max(initial=0)) <= _SHORT_BITS


def short_constant(value: float, what: str) -> FixedArray:
    """A Python number as mantissa; ``Refusal`` where it has more than 24 significant bits, as 0.1 has."""
    if not math.isfinite(value):
        raise Refusal(f"{what} holds {value}", "use a finite number")
    if not is_short(value):
        raise Refusal(f"{what} holds {value}, which has no short binary form", "use a multiple of a power of two")
    return FixedArray.from_float(value)


def short_constants(values: npt.NDArray[np.float64], what: str) -> FixedArray:
    """An array of numbers as mantissas; ``Refusal`` where one has more than 24 significant bits."""
    for number in np.unique(values):
        short_constant(float(number), what)
    return FixedArray.from_float(values)


def power_of_two(scale: float) -> int:
    """The exponent of a scale; ``Refusal`` unless it is a power of two."""
    fraction, exponent = math.frexp(scale)
    if fraction != 0.5:
        raise Refusal(f"multiplies by {scale:g}, which is no power of two", "use 2, 4, 8... terms, or a sum")
    return exponent - 1
