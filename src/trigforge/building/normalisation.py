"""Charges of a detector module -> shares of their sum, over a power of two: a division without a divider."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import cast

import numpy as np

from trigforge.building.arithmetic import constant, negative, sum_over
from trigforge.building.builder import Builder
from trigforge.building.model_types import named_tables, read_type
from trigforge.building.quantization import ZERO, Quantization
from trigforge.building.structure import concat, reshape, take
from trigforge.building.tensor import Tensor
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, LeadingOne, ShiftBy, chained
from trigforge.toml_tables import TomlTable, shown

NOWHERE = -1
"""the number of no charge, in ``Normalised.places``"""
_MOST = 4096


@dataclass(frozen=True)
class Normalised:
    """The charges of one module: ``number`` words, unsigned integers of the type ``types``.

    ``places`` says which of them stands at each place of the network's input, last axis fastest, ``NOWHERE`` for a
    place that is always 0; None where they stand in their own order. A charge may stand at several places, or at none.
    """

    number: int
    types: FixedTypes
    places: tuple[int, ...] | None = None


def normalised(charges: Tensor) -> Tensor:
    """``charges * 2**-floor(log2(sum of all charges))`` of unsigned integers (n,), exact, below 2; 0 for a sum of 0.

    An adder tree, the position of the leading one, and a shift each (arXiv 2105.01683). No charge exceeds the sum,
    which is less than twice the power of two: bits from 2 upwards are cut off, and nothing is lost.
    """
    build = charges.builder
    exponent = build.add("exponent", LeadingOne(), sum_over(charges, [0], keepdims=True, name="module_sum"))
    shifted = build.add("shifted", ShiftBy(), charges, negative(exponent, "places"))
    fraction = -int(shifted.interval.lsb.values.min())
    return build.requantize(
        "shares", shifted, Quantization(FixedTypes.of(0, 1 + fraction, 1), Rounding.TRN, Overflow.WRAP)
    )


def from_charges(network: FixedPointGraph, modules: Mapping[str, Normalised]) -> FixedPointGraph:
    """``network``, begun at charges: each input that ``modules`` names becomes the charges themselves.

    They are normalised, put into their places, and quantized as the input says. Raises ``ModelFileError`` for an input
    that is absent, that has another number of places, or whose values are scaled.
    """
    for name, module in modules.items():
        taken = next((tensor for tensor in network.inputs if tensor.name == name), None)
        wanted = module.number if module.places is None else len(module.places)
        if taken is None or prod(taken.shape) != wanted:
            found = f"has shape {[*taken.shape]}" if taken else "does not exist"
            raise ModelFileError(
                f"[normalised.{name}]: the input {name!r} of {network.name!r} {found}; "
                f"name an input of {wanted} places, or give places for as many as it has"
            )
        if not taken.encoding.is_plain:
            raise ModelFileError(
                f"[normalised.{name}]: the values of the input {name!r} are scaled or shifted; remove scale and offset "
                f"from [inputs.{name}], "
                "since normalised charges have no unit"
            )
        front = _front(taken, module)
        network = chained(front, network, {name: front.outputs[0]})
    return network


def _front(taken: GraphInput, module: Normalised) -> FixedPointGraph:
    """Charges -> the mantissas of the input ``taken``."""
    build = Builder("front")
    charges = build.input(taken.name, (module.number,), module.types)
    with build.layer(f"{taken.name}.charges", "normalised"):
        shares = normalised(charges)
        if module.places is not None:
            padded = concat(shares, _nothing(shares), axis=0, name="and_nothing")
            shares = take(padded, [module.number if n == NOWHERE else n for n in module.places], name="placed")
        placed = reshape(shares, taken.shape, "image")
        types = Quantization(taken.types, taken.encoding.rounding, taken.encoding.overflow)
        result = build.requantize("values", placed, types)
    return build.graph([result])


def _nothing(like: Tensor) -> Tensor:
    """One element, 0, in the graph of ``like``."""
    return reshape(constant(like, ZERO, "nothing"), (1,), "one_nothing")


def read_normalised(table: TomlTable) -> dict[str, Normalised]:
    """The charges of each input that has a table below ``[normalised]``."""
    found: dict[str, Normalised] = {}
    for name, entry in named_tables(table, "the charges of an input"):
        number, types, places = entry.need("number", int), read_type(entry, "type"), _places(entry)
        entry.finish()
        for fault in _faults(number, types, places):
            entry.note(fault)
        if not entry.faulty and number is not None and types is not None:
            found[name] = Normalised(number, types.types, places)
    return found


def _places(entry: TomlTable) -> tuple[int, ...] | None:
    """``places``, a list of numbers or of equally long lists of them, flat."""
    spelt = cast(object, entry.any("places"))
    if spelt is None:
        return None
    try:
        places = np.asarray(spelt)
    except ValueError:  # lists of differing lengths
        places = np.asarray(None)
    if places.dtype.kind != "i" or not places.size:
        entry.note(f"places = {shown(spelt)} should be numbers of charges, {NOWHERE} for none, in lists of one length")
        return None
    return tuple(int(place) for place in places.ravel())


def _faults(number: int | None, types: Quantization | None, places: tuple[int, ...] | None) -> Iterator[str]:
    """A sentence for each entry that means nothing."""
    if number is not None and not 1 < number <= _MOST:
        yield f"number = {number} should be a number of charges, 2 to {_MOST}"
    elif number is not None and places is not None and not NOWHERE <= min(places) <= max(places) < number:
        yield f"places reach from {min(places)} to {max(places)}; charges are counted from 0 to {number - 1}"
    if types is None:
        yield 'type is missing; write that of a charge, as in "ap_ufixed<22,22>"'
    elif types.types.shape != () or bool((types.types.lsb != 0).any() or types.types.signed.values.any()):
        yield f"type = {shown(types.spelt)} should be one unsigned integer type, that of every charge"
