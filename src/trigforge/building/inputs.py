"""The types of graph inputs, from the quantizers that consume them.

Where one quantizer consumes each element, the input takes its types, rounding and overflow, so that encoding a host
value is what the model does to it. Where several do, the input is as fine and wide as needed for all of them, if that
is exact for every host value:

- Quantizers that truncate or round halves up (TRN, RND): both compose with truncation one bit below, so the input
  truncates.
- Quantizers of one rounding and one fraction: the input rounds as they do.
- Ranges compose while all quantizers wrap, or all saturate (SAT, SAT_SYM).

Other mixtures are refused: no encoding of one integer serves them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from trigforge.building.quantization import ONE, Quantization
from trigforge.building.refusals import Refusal
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import MAX_INPUT_BITS, GraphInput, HostUnits, InputEncoding
from trigforge.suggestions import known_names

Indices = npt.NDArray[np.int64]
_LOW = -(2**30)


@dataclass(frozen=True)
class RawInput:
    """A graph input whose types are not known yet; its elements are numbered from ``first`` on."""

    name: str
    shape: tuple[int, ...]
    first: int

    @property
    def elements(self) -> Indices:
        """The number of each element, in the input's shape."""
        count = int(np.prod(self.shape, dtype=np.int64))
        return np.arange(self.first, self.first + count).reshape(self.shape)


@dataclass(frozen=True)
class Demand:
    """A quantizer of ``layer`` on the input elements ``elements``."""

    elements: Indices
    quantization: Quantization
    layer: str
    gain: FixedArray = ONE

    def __str__(self) -> str:
        return f"{self.layer} ({self.quantization.rounding}, {self.quantization.overflow})"


def resolve_input(raw: RawInput, demands: list[Demand]) -> GraphInput:
    """The input with types and encoding that satisfy all demands.

    Raises ``Refusal`` where no encoding does, and above 58 bits.
    """
    claims, gain = _claims(raw, demands), _gain(raw, demands)
    roundings, overflows = ({claim[1] for claim in claims}, {claim[2] for claim in claims})
    exact = _one_claim_each(claims, raw.elements.size)
    if exact is not None and len(roundings) <= 1 and len(overflows) <= 1:
        rounding, overflow = (*roundings, Rounding.RND)[0], (*overflows, Overflow.SAT)[0]
        fields = exact
    else:
        fields, rounding, overflow, joins = _union(claims, raw.elements.size, roundings, overflows)
        if not joins:
            here = [demand for demand in demands if bool(np.isin(demand.elements, raw.elements).any())]
            modes = ", ".join(sorted({str(demand) for demand in here}))
            raise Refusal(
                f"is quantized in ways that no encoding of one integer joins: {modes}",
                "put one Quantizer before the branches, or give all of them one rounding and one overflow",
            )
    types = FixedTypes.of(*(field.reshape(raw.shape) for field in fields))
    widest = int(types.width.values.max(initial=0))
    if widest > MAX_INPUT_BITS:
        raise Refusal(
            f"its quantizers together ask for {widest} bits, at most {MAX_INPUT_BITS} are possible",
            "put one Quantizer before the branches",
        )
    return GraphInput(raw.name, raw.shape, types, InputEncoding(rounding=rounding, overflow=overflow, gain=gain))


def _gain(raw: RawInput, demands: list[Demand]) -> FixedArray:
    """The gain of all quantizers on an input."""
    here = [demand for demand in demands if bool(np.isin(demand.elements, raw.elements).any())]
    gains = list(dict.fromkeys(demand.gain for demand in here)) or [ONE]
    if len(gains) > 1:
        steps = ", ".join(
            f"{1 / float(gain.to_float()):g} ({demand.layer})" for demand in here for gain in [demand.gain]
        )
        raise Refusal(f"is quantized in steps of {steps}", "put one quantizer before the branches")
    return gains[0]


Claim = tuple[Indices, Rounding, Overflow]
"""(signed, width, integer_bits) of every element, width 0 where nothing is claimed; rounding; overflow"""


def _claims(raw: RawInput, demands: list[Demand]) -> list[Claim]:
    """Every demand spread over the input's elements; an element demanded twice by one quantizer counts once."""
    claims: list[Claim] = []
    for demand in demands:
        types = demand.quantization.types.broadcast(demand.elements.shape)
        stacked = np.stack([f.values.reshape(-1) for f in (types.signed, types.width, types.integer_bits)])
        numbers = demand.elements.reshape(-1) - raw.first
        here = np.flatnonzero((0 <= numbers) & (numbers < raw.elements.size) & (stacked[1] > 0))
        while here.size:
            _, chosen = np.unique(numbers[here], return_index=True)
            spread = np.zeros((3, raw.elements.size), np.int64)
            spread[:, numbers[here[chosen]]] = stacked[:, here[chosen]]
            claims.append((spread, demand.quantization.rounding, demand.quantization.overflow))
            here = np.delete(here, chosen)
    return claims


def _one_claim_each(claims: list[Claim], count: int) -> Indices | None:
    """The types, if no element is claimed with two different ones."""
    merged = np.zeros((3, count), np.int64)
    for fields, _, _ in claims:
        both = (merged[1] > 0) & (fields[1] > 0)
        if bool((merged != fields).any(axis=0)[both].any()):
            return None
        merged = np.where(fields[1] > 0, fields, merged)
    return merged


def _union(
    claims: list[Claim], count: int, roundings: set[Rounding], overflows: set[Overflow]
) -> tuple[Indices, Rounding, Overflow, bool]:
    """The types, rounding and overflow of the input, and whether that serves every claim exactly."""
    truncating = roundings <= {Rounding.TRN, Rounding.RND}
    signed = np.zeros(count, np.int64)
    magnitude, fraction = np.full(count, _LOW), np.full(count, _LOW)
    same_fraction = True
    for (k, width, integer), rounding, _ in claims:
        live = width > 0
        bits = width - integer + int(truncating and rounding is Rounding.RND)
        same_fraction &= not bool((live & (fraction > _LOW) & (fraction != bits)).any())
        signed = np.where(live, signed | k, signed)
        magnitude = np.where(live, np.maximum(magnitude, integer - k), magnitude)
        fraction = np.where(live, np.maximum(fraction, bits), fraction)
    live = fraction > _LOW
    integer_bits = np.where(live, signed + magnitude, 0)
    width = np.where(live, integer_bits + fraction, 0)
    rounding = Rounding.TRN if truncating else next(iter(roundings))
    overflow = Overflow.WRAP if overflows == {Overflow.WRAP} else Overflow.SAT
    joins = (truncating or (len(roundings) == 1 and same_fraction)) and (
        overflows == {Overflow.WRAP} or overflows <= {Overflow.SAT, Overflow.SAT_SYM}
    )
    return np.stack([signed, width, integer_bits]), rounding, overflow, joins


def with_units(inputs: tuple[GraphInput, ...], units: Mapping[str, HostUnits] | None) -> tuple[GraphInput, ...]:
    """The inputs in the ``units`` given by name; rounding and overflow stay those of the model.

    Raises ``UnsupportedModelError`` for names that the model does not have.
    """
    given = dict(units or {})
    names = [tensor.name for tensor in inputs]
    unknown = [f"the model has no input {name!r}; {known_names(name, names)}" for name in given if name not in names]
    if unknown:
        raise UnsupportedModelError(*unknown)
    return tuple(
        replace(tensor, encoding=given[tensor.name].on(tensor.encoding)) if tensor.name in given else tensor
        for tensor in inputs
    )
