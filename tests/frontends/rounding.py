"""``ap_fixed`` types applied to float64 numbers without the package, for second opinions and other environments.

Numbers times ``2^f`` are exact in float64, and so is every result here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Spelt = str | list[str]
"""``ap_fixed<W,I>`` or ``ap_ufixed<W,I,RND,SAT>``; a list has one a channel, the last axis"""
_TYPE = re.compile(r"ap_(u?)fixed<(-?\d+),(-?\d+)(?:,(\w+),(\w+))?>")


def _up(half: Callable[[Floats, Floats], Any]) -> Callable[[Floats], Floats]:
    """To nearest, halves up where ``half(value, floor)`` says so."""

    def rounded(x: Floats) -> Floats:
        low = np.floor(x)
        return low + ((x - low > 0.5) | ((x - low == 0.5) & half(x, low)))

    return rounded


_ROUNDINGS: Mapping[str, Callable[[Floats], Floats]] = {
    "TRN": np.floor,
    "TRN_ZERO": np.trunc,
    "RND": _up(lambda x, low: True),
    "RND_MIN_INF": _up(lambda x, low: False),
    "RND_ZERO": _up(lambda x, low: x < 0),
    "RND_INF": _up(lambda x, low: x > 0),
    "RND_CONV": _up(lambda x, low: low % 2 == 1),
}


def rounded(values: Any, spelt: Spelt | None) -> Floats:
    """Values in a type; themselves without one."""
    x = np.asarray(values, np.float64)
    if spelt is None:
        return x
    if isinstance(spelt, list):
        return np.stack([rounded(x[..., n], one) for n, one in enumerate(spelt)], axis=-1)
    found = _TYPE.fullmatch(spelt)
    assert found is not None, spelt
    unsigned, width, integers = found[1], int(found[2]), int(found[3])
    mantissa = _ROUNDINGS[found[4] or "RND_CONV"](np.ldexp(x, width - integers))
    low, high = (0.0, 2.0**width - 1) if unsigned else (-(2.0 ** (width - 1)), 2.0 ** (width - 1) - 1)
    match found[5] or "SAT":
        case "SAT":
            mantissa = np.clip(mantissa, low, high)
        case "SAT_SYM":
            mantissa = np.clip(mantissa, max(low, -high), high)
        case "SAT_ZERO":
            mantissa = np.where((mantissa < low) | (mantissa > high), 0.0, mantissa)
        case _:
            mantissa = (mantissa - low) % 2.0**width + low
    return np.ldexp(mantissa, integers - width) + 0.0
