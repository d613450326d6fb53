"""``Quantization``: the one form into which a front-end turns the quantizers of its framework."""

import math
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
import numpy.typing as npt

from trigforge.building.refusals import Refusal
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding, exact

ONE, ZERO = FixedArray.of(1), FixedArray.of(0)
_SHORT_BITS = 24
_WIDEST = 62


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
    def parse(cls, spelt: object) -> Self:
        """From ``ap_fixed<W,I>``, or ``ap_fixed<W,I,RND,SAT>`` with rounding and overflow; a list has one a channel.

        Without modes halves are rounded to even and values outside saturate. A ValueError for anything else.
        """
        found = [_parsed(text) for text in (cast(list[object], spelt) if isinstance(spelt, list) else [spelt])]
        modes = {(rounding, overflow) for _, rounding, overflow in found}
        if len(modes) != 1:
            raise ValueError("a list of types needs one type or more, all of one rounding and one overflow")
        kinds = [kind for kind, _, _ in found]
        rows = ([int(k.signed) for k in kinds], [k.width for k in kinds], [k.integer_bits for k in kinds])
        types = FixedTypes.of(*rows) if isinstance(spelt, list) else FixedTypes.uniform(kinds[0])
        return cls(types, *modes.pop())

    @property
    def spelt(self) -> str | list[str]:
        """The text that ``parse`` reads, a list for several channels; scale and offset are no part of it."""
        plain = self.rounding is Rounding.RND_CONV and self.overflow is Overflow.SAT
        modes = "" if plain else f",{self.rounding},{self.overflow}"
        fields = (part.values.reshape(-1).tolist() for part in (self.types.width, self.types.integer_bits))
        signs = self.types.signed.values.reshape(-1).tolist()
        kinds = [FixedType(w, i, bool(s)) for w, i, s in zip(*fields, signs, strict=True)]
        texts = [f"{str(kind)[:-1]}{modes}>" for kind in kinds]
        return texts if self.types.shape else texts[0]

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


def _parsed(text: object) -> tuple[FixedType, Rounding, Overflow]:
    """A type and its modes; a ValueError for any other text."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no text")
    parts = text.strip().removesuffix(">").split(",")
    modes = parts[2:] if len(parts) <= 4 else []
    kind = FixedType.parse(f"{','.join(parts[:2])}>" if modes else text)
    if kind.width > _WIDEST:
        raise ValueError(f"{text!r} is wider than {_WIDEST} bits")
    rounding, overflow = [*modes, "", ""][:2]
    try:
        return kind, Rounding[rounding.strip() or "RND_CONV"], Overflow[overflow.strip() or "SAT"]
    except KeyError as error:
        raise ValueError(f"{text!r} has the unknown mode {error.args[0]!r}") from None
