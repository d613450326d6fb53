"""``InputEncoding``: how host values become the integers of a graph input, stored with the graph so that everybody
quantizes alike."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError
from trigforge.fixed import (
    FixedArray,
    FixedTypes,
    Interval,
    Overflow,
    Rounding,
    exact,
    overflow_mantissa,
    round_mantissa,
)
from trigforge.fixed.exact import IntArray

MAX_INPUT_BITS = 58
_ONE = FixedArray.of(1)
_ZERO = FixedArray.of(0)


class NanPolicy(StrEnum):
    """The rule for a host value that is not a number."""

    REFUSE = "REFUSE"
    """an error that names the event and the element"""
    ZERO = "ZERO"
    """the mantissa 0"""


@dataclass(frozen=True)
class InputEncoding:
    """``mantissa = overflow(round((value - offset) * scale * gain / 2**lsb))``, with the lsb and range of an element.

    ``offset`` and ``scale`` belong to the host: its units, where a network was trained on what a scaler made of them.
    ``gain`` belongs to the model: the inverse of the step of its first quantizer, where that is no power of two. All
    broadcast to the input's shape. The difference, then ``scale * gain``, then their product are formed in float64.
    Under ``NanPolicy.REFUSE`` infinities are refused with NaN; under ``ZERO`` they go to the ends of the range.
    """

    scale: FixedArray = _ONE
    rounding: Rounding = Rounding.RND_CONV
    overflow: Overflow = Overflow.SAT
    nan_policy: NanPolicy = NanPolicy.REFUSE
    gain: FixedArray = _ONE
    offset: FixedArray = _ZERO

    @property
    def factor(self) -> npt.NDArray[np.float64]:
        """``scale * gain``."""
        return np.asarray(self.scale.to_float() * self.gain.to_float())

    @property
    def is_plain(self) -> bool:
        """True where host values are the model's own."""
        return bool((self.factor == 1).all()) and not self.offset.to_float().any()

    def of_model(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Host values in the units of the model, times ``gain``."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (values.astype(np.float64) - self.offset.to_float()) * self.factor

    def of_framework(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Host values as the trained model takes them: as ``of_model``, without ``gain``; 0 for NaN where these are
        allowed, as the integers have it."""
        found = self.of_model(values) / self.gain.to_float()
        return np.nan_to_num(found) if self.nan_policy is NanPolicy.ZERO else found

    def of_host(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Host values that ``of_model`` turns into about ``values``; 0 in the place of what a factor of 0 hides."""
        factor = np.where(self.factor == 0, 1.0, self.factor)
        with np.errstate(over="ignore"):
            found = values / factor + self.offset.to_float()
        return np.where(np.isfinite(self.of_model(found)), found, self.offset.to_float())


@dataclass(frozen=True)
class HostUnits:
    """The part of an ``InputEncoding`` that a model does not know; None leaves what is stored."""

    scale: FixedArray | None = None
    nan_policy: NanPolicy | None = None
    offset: FixedArray | None = None

    def over(self, others: "HostUnits") -> "HostUnits":
        """These units, and the ``others`` where these say nothing."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(others, **{name: value for name, value in own.items() if value is not None})

    def on(self, encoding: InputEncoding) -> InputEncoding:
        """``encoding`` with these units."""
        return replace(
            encoding,
            scale=encoding.scale if self.scale is None else self.scale,
            nan_policy=encoding.nan_policy if self.nan_policy is None else self.nan_policy,
            offset=encoding.offset if self.offset is None else self.offset,
        )


def encode(
    values: npt.NDArray[Any], interval: Interval, types: FixedTypes, encoding: InputEncoding, name: str
) -> npt.NDArray[np.int64]:
    """Mantissas at the scale of ``interval.hull`` for host values of shape ``(events, *interval.shape)``.

    Any float or integer dtype. Raises ``EventsError``, which names ``name``, for a wrong shape or dtype and for what
    the ``NanPolicy`` refuses.
    """
    if values.dtype.kind not in "fiub" or values.dtype.itemsize > 8:
        raise EventsError(
            f"input {name!r}: events of dtype {values.dtype} are not numbers; give float or integer arrays"
        )
    if values.ndim != len(interval.shape) + 1 or values.shape[1:] != interval.shape:
        raise EventsError(
            f"input {name!r}: events have shape {list(values.shape)}, the model takes [events, "
            f"{', '.join(map(str, interval.shape))}]; reshape or select the columns"
        )
    host = encoding.of_model(values)
    finite = np.isfinite(host)
    clean = bool(finite.all())
    if not clean:
        if encoding.nan_policy is NanPolicy.REFUSE:
            where = tuple(int(n) for n in np.argwhere(~finite)[0])
            raise EventsError(
                f"input {name!r}: event {where[0]}, element {list(where[1:])} is {values[where]}; "
                "remove such events or set nan_policy to ZERO"
            )
        host = np.where(np.isnan(host), 0.0, host)
    full = types.broadcast(interval.shape)
    rounded = round_mantissa(_quarters(host, full.lsb, encoding.overflow), 2, encoding.rounding)
    if not clean:
        rounded = np.where(np.isinf(host), np.where(host > 0, full.hi, full.lo), rounded)
    mantissa = overflow_mantissa(rounded, full, encoding.overflow)
    places = np.where(full.width.values > 0, full.lsb - interval.hull_lsb, 0)
    return np.asarray(exact.shift(mantissa, places), dtype=np.int64)


@dataclass(frozen=True)
class Rounded:
    """Host values after rounding and before overflow: ``mantissas`` at the scale of each element's own type, clipped
    at ``2**59``; ``inexact`` where bits were lost; ``not_numbers``, whose mantissa is 0."""

    mantissas: IntArray
    inexact: npt.NDArray[np.bool_]
    not_numbers: npt.NDArray[np.bool_]


def round_host(values: npt.NDArray[Any], types: FixedTypes, encoding: InputEncoding) -> Rounded:
    """The first half of ``encode``, for values that it accepts; ``types`` has the shape of one event."""
    host = encoding.of_model(values)
    not_numbers = np.isnan(host)
    quarters = _quarters(np.where(not_numbers, 0.0, host), types.lsb, Overflow.SAT)
    inexact = (quarters & 3 != 0) & ~np.isinf(host)
    return Rounded(round_mantissa(quarters, 2, encoding.rounding), inexact, not_numbers)


def _quarters(host: npt.NDArray[np.float64], lsb: IntArray, overflow: Overflow) -> npt.NDArray[np.int64]:
    """``4 * host / 2**lsb``, changed only where neither rounding nor overflow to ``MAX_INPUT_BITS`` bits can tell.

    Below the half there is one more bit, set if anything is left at all; it decides every rounding exactly.
    """
    with np.errstate(over="ignore"):
        scaled = np.ldexp(host, -lsb)
    # What is too small for float64 once it is scaled is still not zero.
    vanished = scaled == 0
    if overflow is Overflow.WRAP:
        scaled = np.fmod(np.where(np.isinf(scaled), 0.0, scaled), 2.0**MAX_INPUT_BITS)
    else:
        scaled = np.clip(scaled, -(2.0**59), 2.0**59)
    whole = np.trunc(scaled)
    twice = (scaled - whole) * 2
    half = np.trunc(twice)
    rest = np.sign(np.where(vanished, host, twice - half))
    return whole.astype(np.int64) * 4 + (half * 2 + rest).astype(np.int64)
