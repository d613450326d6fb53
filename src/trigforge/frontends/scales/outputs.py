"""``Output``: the number that a result in floating point stands for, where an output is a scale times integers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Floats
from trigforge.fixed import exact
from trigforge.frontends.scales.ramps import Ramp
from trigforge.frontends.scales.values import KINDS, Value

_CLOSE = 2.0**-12


@dataclass(frozen=True, eq=False)
class Output:
    """An output of a model. ``single`` says that the graph holds what float32 makes of the steps of ``value``."""

    value: Value
    single: bool

    @property
    def countable(self) -> bool:
        """True where a result tells the values of the tensor behind it."""
        ramp = self._rising
        return ramp is not None and ramp.unbounded

    @property
    def _rising(self) -> Ramp | None:
        """The steps as one ramp, of which no part between its bounds is flat; else None."""
        ramp, known = self.value.ramp, self.value.tensor.known_interval is not None
        return ramp if known and ramp is not None and not bool((ramp.scale == 0).any()) else None

    def meant(self, found: Floats) -> Floats:
        """The output for the integers that ``found`` stands for: those within 1/4096 of it, ``found`` where none is,
        and at the bounds of a clip.

        In floating point, a sum of scaled integers has errors of its own, far smaller than the step between integers.
        """
        ramp = self._rising
        if not self.value.steps or ramp is None:
            return found
        low, high = (end.astype(np.float64) for end in (ramp.lo, ramp.hi))
        whole, close = self._counted(found)
        counted = self._of(whole.astype(np.int64), self.value.tensor.interval.lsb.values)
        return np.where(close & (low < found) & (found < high), np.clip(counted, low, high), found)

    def integers(self, found: Floats) -> Floats:
        """The values of the tensor that ``found`` stands for; NaN where there is none within 1/4096."""
        if not self.value.steps:
            return found
        whole, close = self._counted(found)
        return np.where(close, np.ldexp(whole, self.value.tensor.interval.lsb.values), np.nan)

    def _counted(self, found: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The nearest mantissas, and whether they are near."""
        ramp = self.value.ramp
        assert ramp is not None
        slope = np.ldexp(ramp.scale.astype(np.float64), self.value.tensor.interval.lsb.values)
        with np.errstate(all="ignore"):
            count = (found - ramp.offset.astype(np.float64)) / slope
        whole = np.rint(np.where(np.isfinite(count), count, 0.0))
        return whole, np.abs(count - whole) < _CLOSE

    def _of(self, mantissas: npt.NDArray[np.int64], lsb: npt.NDArray[Any]) -> Floats:
        if self.single:
            y = np.ldexp(mantissas.astype(np.float64), lsb).astype(np.float32)
            for step in self.value.steps:
                y = KINDS[step.kind](y, [part.astype(np.float32) for part in step.constants])
            return y.astype(np.float64)
        ramp = self.value.ramp
        assert ramp is not None
        finest = min(0, int(lsb.min(initial=0)))
        common = max(
            (v.denominator for part in (ramp.scale, ramp.offset) for v in part.reshape(-1).tolist()), default=1
        )
        slope, offset = (np.asarray(part * common, dtype=object) for part in (ramp.scale, ramp.offset))
        whole = exact.shift(mantissas, lsb - finest).astype(object) * slope + offset * 2**-finest
        return np.ldexp(whole.astype(np.float64), finest - (common.bit_length() - 1))
