"""Normalisation as the front end does it: every cell over the power of two at the leading one of the module's sum.

    n = floor(log2(sum of the 48 charges)), 0 where the sum is 0;  out = floor(charge * 2^7 / 2^n) * 2^-7

All in integers: an adder tree, the position of the leading one, a shift to the right whose lost bits are cut. As no
charge exceeds the sum, out < 2; the type is unsigned with 10 bits, 3 of them integer (`NORMALISED`), so 7 behind the
point. The published description shifts likewise and cuts, and keeps 8 bits, 1 of them integer: the same bits. The type
of the published network, 10 bits and 3 integer ones with a sign, has one bit less behind the point.
"""

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import CELLS
from datasets.calorimeter.modules import CALQ_BITS
from trigforge.building import Builder, Quantization, Tensor, normalised, quantize
from trigforge.fixed import FixedType

CALQ_TYPE = f"ap_ufixed<{CALQ_BITS},{CALQ_BITS}>"
NORMALISED = "ap_ufixed<10,3>"
_FRACTION = -FixedType.parse(NORMALISED).lsb


def exponents(calq: NDArray[np.integer]) -> NDArray[np.int64]:
    """floor(log2(sum)) of modules (n, 48) of charges that are never negative, (n,); 0 where the sum is 0, as
    `LeadingOne` of integers has it. Raises `CalorimeterDataError` for charges beyond 22 bits."""
    _check(calq)
    total = calq.astype(np.int64).sum(axis=1)
    _, length = np.frexp(total.astype(np.float64))  # exact: a sum has at most 28 bits
    return np.maximum(length.astype(np.int64) - 1, 0)


def normalise(calq: NDArray[np.integer]) -> NDArray[np.int64]:
    """Mantissas (n, 48) of `NORMALISED` for modules (n, 48). Raises `CalorimeterDataError` as `exponents` does."""
    return (calq.astype(np.int64) << _FRACTION) >> exponents(calq)[:, None]


def normalised_values(calq: NDArray[np.integer]) -> NDArray[np.float64]:
    """The same as numbers, in units of the power of two: below 2, and the sum of a module too."""
    return np.ldexp(normalise(calq).astype(np.float64), -_FRACTION)


def normalised_cells(build: Builder, calq: Tensor) -> Tensor:
    """The same in the graph of `build`, of a tensor (48,) of type `CALQ_TYPE` or any unsigned integers."""
    with build.layer("normalise"):
        return quantize(normalised(calq), Quantization.of(NORMALISED, "TRN", "SAT"))


def graph_builder(name: str = "normalise") -> tuple[Builder, Tensor]:
    """A builder whose one input is `calq` (48,), and the normalised cells: a network goes on from there."""
    build = Builder(name)
    return build, normalised_cells(build, build.input("calq", (CELLS,), CALQ_TYPE))


def _check(calq: NDArray[np.integer]) -> None:
    if calq.ndim != 2 or calq.shape[1] != CELLS or not np.issubdtype(calq.dtype, np.integer):
        raise CalorimeterDataError(f"charges of shape {calq.shape} and type {calq.dtype}; give integers (n, {CELLS})")
    if calq.size and not 0 <= calq.min() <= calq.max() < 2**CALQ_BITS:
        raise CalorimeterDataError(
            f"charges reach from {calq.min()} to {calq.max()}; a charge is an unsigned integer of {CALQ_BITS} bits"
        )
