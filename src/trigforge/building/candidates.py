"""Candidates of a level-1 trigger: integer words in any order -> what a network takes, the leading ones first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import cast

import numpy as np

from trigforge.building.arithmetic import add, constant, multiply, select, subtract
from trigforge.building.builder import Builder
from trigforge.building.model_types import named_tables, read_type
from trigforge.building.quantization import ZERO, Quantization
from trigforge.building.sets import top_n
from trigforge.building.structure import concat, cut
from trigforge.building.tensor import Tensor
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, GraphInput, chained
from trigforge.toml_tables import TomlTable, shown

FACTOR_BITS = 18
"""significant bits of a factor from words to the units of a network: its relative error is at most 2^-18"""
_MOST = 256


@dataclass(frozen=True)
class Candidates:
    """The words that a correlator sends for one jet: pT, eta and phi of ``number`` candidates, in any order.

    An absent candidate is three zeros. ``types`` are three integers, ``units`` what a 1 in each means, in GeV and
    radians. ``turn`` is a full turn of phi in its units. Candidates below ``least_pt`` GeV count as absent. ``axis``
    names an input with eta and phi of the jet, of the same types, which are subtracted; None where candidates are
    relative to the jet already.
    """

    number: int
    types: FixedTypes
    units: tuple[float, float, float]
    turn: int | None = None
    least_pt: float = 0.0
    axis: str | None = None


def from_candidates(network: FixedPointGraph, words: Mapping[str, Candidates]) -> FixedPointGraph:
    """``network``, begun at words: each input that ``words`` names, of shape (n, 3), becomes the words themselves.

    The ``n`` candidates of the largest pT are taken, the earlier one of two alike; those of the jet are subtracted;
    absent ones are zeroed; and the result is multiplied to the units of the input and rounded as a host value is.
    Raises ``ModelFileError`` for an input that is absent or of another shape, and an axis that is an input already.
    """
    for name, candidates in words.items():
        taken = next((tensor for tensor in network.inputs if tensor.name == name), None)
        if taken is None or len(taken.shape) != 2 or taken.shape[1] != 3 or taken.shape[0] > candidates.number:
            found = f"has shape {[*taken.shape]}" if taken else "does not exist"
            raise ModelFileError(
                f"[candidates.{name}]: the input {name!r} of {network.name!r} {found}; "
                f"name an input of up to {candidates.number} particles with pT, eta and phi"
            )
        if candidates.axis in [tensor.name for tensor in network.inputs]:
            raise ModelFileError(
                f"[candidates.{name}]: axis = {candidates.axis!r} is an input of {network.name!r} already; "
                "give the axis a name of its own"
            )
        if taken.encoding.offset.to_float().any():
            raise ModelFileError(
                f"[candidates.{name}]: the values of the input {name!r} are shifted, so absent candidates would not be "
                f"zeros; remove offset from [inputs.{name}], and train on values without one"
            )
        front = _front(taken, candidates)
        network = chained(front, network, {name: front.outputs[0]})
    return network


def _front(taken: GraphInput, words: Candidates) -> FixedPointGraph:
    """Words -> the mantissas of the input ``taken``."""
    build = Builder("front")
    sent = build.input(taken.name, (words.number, 3), words.types)
    with build.layer(f"{taken.name}.words", "candidates"):
        leading = top_n(sent, taken.shape[0], name="leading")
        pt, eta, phi = (cut(leading, 1, slice(k, k + 1), name) for k, name in enumerate(("pt", "eta", "phi")))
        if words.axis is not None:
            axis = build.input(words.axis, (2,), _angles(words.types))
            eta = subtract(eta, cut(axis, 0, slice(0, 1), "axis_eta"), "relative_eta")
            phi = _wrapped(subtract(phi, cut(axis, 0, slice(1, 2), "axis_phi"), "relative_phi"), words.turn)
        least = FixedArray.of(max(ceil(words.least_pt / words.units[0]), 1))
        absent = constant(pt, ZERO, "absent")
        kept = concat(*(select(pt, x, absent, least, "present") for x in (pt, eta, phi)), axis=1, name="kept")
        in_units = multiply(kept, constant(kept, _factors(taken, words), "factor"), name="in_units")
        types = Quantization(taken.types, taken.encoding.rounding, taken.encoding.overflow)
        result = build.requantize("values", in_units, types)
    return build.graph([result])


def _angles(types: FixedTypes) -> FixedTypes:
    """The types of eta and phi."""
    full = types.broadcast((3,))
    return FixedTypes.of(*(part.values[1:] for part in (full.signed, full.width, full.integer_bits)))


def _wrapped(phi: Tensor, turn: int | None) -> Tensor:
    """A difference of two angles, less than a turn each way, within half a turn of 0."""
    if turn is None:
        return phi
    if turn.bit_count() == 1:
        bits = turn.bit_length() - 1
        types = FixedTypes.of(1, bits, bits)
        return phi.builder.requantize("wrapped_phi", phi, Quantization(types, Rounding.TRN, Overflow.WRAP))
    whole, half = constant(phi, FixedArray.of(turn), "turn"), FixedArray.of(turn // 2)
    below = select(phi, phi, add(phi, whole, name="a_turn_more"), FixedArray.of(-(turn // 2)), "not_below")
    return select(phi, subtract(phi, whole, "a_turn_less"), below, half, "wrapped_phi")


def _factors(taken: GraphInput, words: Candidates) -> FixedArray:
    """The value of the network's input for a 1 in each of the three words, to ``FACTOR_BITS`` significant bits."""
    exact = np.broadcast_to(taken.encoding.factor, taken.shape) * np.asarray(words.units)
    fraction, exponent = np.frexp(exact)
    return FixedArray.from_float(np.ldexp(np.rint(np.ldexp(fraction, FACTOR_BITS)), exponent - FACTOR_BITS))


def read_candidates(table: TomlTable) -> dict[str, Candidates]:
    """The words of each input that has a table below ``[candidates]``."""
    found: dict[str, Candidates] = {}
    for name, entry in named_tables(table, "the words of an input"):
        number, types = entry.need("number", int), read_type(entry, "type")
        units = _units(entry)
        turn, least, axis = entry.take("turn", int), entry.take("least_pt", float), entry.take("axis", str)
        entry.finish()
        for fault in _faults(number, types, turn, least):
            entry.note(fault)
        if not entry.faulty and number is not None and types is not None and units is not None:
            found[name] = Candidates(number, types.types, units, turn, least or 0.0, axis)
    return found


def _units(entry: TomlTable) -> tuple[float, float, float] | None:
    spelt = cast(object, entry.any("unit"))
    values = cast(list[object], spelt) if isinstance(spelt, list) else []
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) != 3 or len(values) != 3 or not all(0 < number < inf for number in numbers):
        found = shown(cast(object, spelt))
        entry.note(f"unit = {found} should be GeV and radians of a 1 in pT, eta and phi, as in [0.25, 0.004, 0.004]")
        return None
    return numbers[0], numbers[1], numbers[2]


def _faults(number: int | None, types: Quantization | None, turn: int | None, least: float | None) -> Iterator[str]:
    """A sentence for each entry that means nothing."""
    if number is not None and not 0 < number <= _MOST:
        yield f"number = {number} should be a number of candidates, 1 to {_MOST}"
    if types is None:
        yield 'type is missing; write the integers of pT, eta and phi, as in ["ap_ufixed<14,14>", "ap_fixed<12,12>"...]'
    elif types.types.shape not in ((3,), (1,), ()) or bool((types.types.lsb != 0).any()):
        yield f"type = {shown(types.spelt)} should be three integers, of pT, eta and phi"
    if turn is not None and (turn < 4 or turn % 2):
        yield f"turn = {turn} should be the even number of units of phi in a full turn"
    if least is not None and not 0 <= least < inf:
        yield f"least_pt = {least} should be a pT in GeV"
