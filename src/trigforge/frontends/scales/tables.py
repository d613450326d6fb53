"""Tables of what float32 makes of the steps of a ``Value``: exact, or of an operand without its last bits."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Refusal, Tensor
from trigforge.building.staircase import Entries, lookup
from trigforge.fixed import FixedArray, Rounding
from trigforge.frontends.scales.nearly import shortened
from trigforge.frontends.scales.ramps import ratios
from trigforge.frontends.scales.values import Step, Value, computed

_FEWEST, _MOST = 12, 15
"""bits of an operand whose table is an approximation; one more tells signs"""
_CHECKED = 2**22
Rounder = Callable[..., FixedArray]
"""float32 numbers, and numbers of an element, to what a table holds of them"""


def looked_up(value: Value, round_to: Rounder, *extra: npt.NDArray[Any]) -> Tensor:
    """``round_to(y, *extra)``, where float32 makes ``y`` of all steps, as tables; ``extra`` broadcasts."""
    return lookup(value.tensor, *_functions(value, round_to, extra))


def looked_up_or_nearly(value: Value, round_to: Rounder, *extra: npt.NDArray[Any]) -> Tensor:
    """As ``looked_up``, of integers; of an operand with too many values within a bound, where that is allowed."""
    return value.tensor.builder.exactly_or(
        lambda: looked_up(value, round_to, *extra), lambda: _nearly_looked_up(value, round_to, extra)
    )


def _functions(value: Value, round_to: Rounder, extra: Sequence[npt.NDArray[Any]]) -> tuple[Any, Entries]:
    """The number of the function of each element, and all functions."""
    x = value.tensor
    columns = [x.interval.lsb.values, *extra, *(part for step in value.steps for part in step.constants)]
    keys = list(zip(*(np.broadcast_to(part, x.shape).reshape(-1).tolist() for part in columns), strict=True))
    number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    index = np.array([number[key] for key in keys], np.int64).reshape(x.shape)
    classes = list(number)

    def entries(n: int, mantissas: npt.NDArray[Any]) -> FixedArray:
        lsb, *rest = classes[n]
        own, rest = rest[: len(extra)], rest[len(extra) :]
        found = np.ldexp(mantissas.astype(np.float64), lsb).astype(np.float32)
        with np.errstate(all="ignore"):
            found = computed(value.steps, found, [np.float32(float(part)) for part in rest])
        return round_to(found, *own)

    return index, entries


def _nearly_looked_up(value: Value, round_to: Rounder, extra: Sequence[npt.NDArray[Any]]) -> Tensor:
    """Tables of as few entries as are within a unit, or of 2^16: compared with the exact ones at every value."""
    x = value.tensor
    most = int((x.interval.hi.values - x.interval.lo.values).max(initial=0)) + 1
    if most > _CHECKED:
        raise Refusal(f"looks up {most} different values, more than the {_CHECKED} that are compared", "quantize it")
    fine, bits, units, values = _functions(value, round_to, extra), _FEWEST, 2, 0
    coarse, differing = value, 0
    while units > 1 and bits <= _MOST:
        coarse = _coarse(value, bits)
        differing, values, units = _compared(fine, _functions(coarse, round_to, extra), x, coarse.tensor)
        bits += 1
    return x.builder.approximate(looked_up(coarse, round_to, *extra), units, differing, values, x)


def _coarse(value: Value, bits: int) -> Value:
    """The same steps on an operand of so many bits, from the middle between the numbers that one stands for."""
    short = shortened(value.tensor, bits, Rounding.TRN)
    finest, last = value.tensor.interval.lsb.values, short.interval
    places = np.where(last.is_zero, np.maximum(finest, last.hull_lsb), last.lsb.values)
    step, own = (np.exp2(part.astype(np.float64)) for part in (places, finest))
    return Value(short, (Step("add", (ratios((step - own) / 2),)), *value.steps))


def _compared(fine: tuple[Any, Entries], coarse: tuple[Any, Entries], x: Tensor, short: Tensor) -> tuple[int, int, int]:
    """The values at which two kinds of tables differ, all values, and the most units by which they do."""
    ends = (x.interval.lo, x.interval.hi, short.interval.lo, short.interval.hi)
    parts = (*ends, x.interval.lsb, short.interval.lsb)
    columns = [part.values.reshape(-1).tolist() for part in parts]
    indices = [np.broadcast_to(index, x.shape).reshape(-1).tolist() for index, _ in (fine, coarse)]
    differing, values, units = 0, 0, 0
    for (lo, hi, least, most, lsb, place, n, m), copies in Counter(zip(*columns, *indices, strict=True)).items():
        mantissas: npt.NDArray[np.int64] = np.arange(int(lo), int(hi) + 1)
        values += copies * len(mantissas)
        exact = fine[1](n, mantissas)
        near = coarse[1](m, np.clip(mantissas >> max(place - lsb, 0), least, most))
        finest = min(exact.lsb, near.lsb)
        own, other = (part.mantissa.values << part.lsb - finest for part in (exact, near))
        differing += copies * int(np.count_nonzero(own != other))
        units = max(units, int(np.abs(own - other).max(initial=0)))
    return differing, values, units
