"""Compression of a module without a network: threshold, best choice and super trigger cells, in a fixed number of bits.

The three kinds of algorithm of the concentrator chip that arXiv 2105.01683 compares with, each in as many bits as a
network has. A charge is sent in a floating-point code of four exponent bits and some mantissa bits, cut off as the chip
does; a cell by its number (6 bits), or all of them in a map of 48 bits where that is shorter. The sum of a module is
sent beside these bits, as it is beside a network's. All return charges (n, 48) as they would be read off the link.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import CELLS, RHOMBI, SIDE, Floats
from datasets.calorimeter.modules import UNITS_A_MIP

EXPONENT_BITS, ADDRESS_BITS = 4, 6
MANTISSA_BITS = (0, 1, 2, 3, 4, 5, 6, 7, 8)
GROUPS = np.arange(CELLS).reshape(RHOMBI, SIDE // 2, 2, SIDE // 2, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4)
"""(12, 4): the super trigger cells, 2 x 2 within a rhombus, that do not overlap."""


@dataclass(frozen=True)
class Code:
    """A floating-point code of a charge: `mantissa` bits behind the leading one, and `EXPONENT_BITS` for its place."""

    mantissa: int

    @property
    def bits(self) -> int:
        """Width of the code."""
        return EXPONENT_BITS + self.mantissa

    def sent(self, charges: NDArray[np.integer]) -> Floats:
        """Charges as they are read back: cut to the code, in the middle of what it leaves open.

        Charges below 2^(mantissa + 1) are exact; those that the exponent cannot hold are the largest that it can.
        """
        largest = 2 ** (self.mantissa + 2**EXPONENT_BITS - 1) - 1
        held = np.minimum(charges.astype(np.int64), largest)
        _, length = np.frexp(held.astype(np.float64))
        lost = np.maximum(length.astype(np.int64) - 1 - self.mantissa, 0)
        return ((held >> lost) << lost) + (np.exp2(lost) - 1) / 2


def cells_that_fit(bits: int, code: Code) -> int:
    """The number of cells, each with its charge and all with their places, in so many bits."""
    alone = bits // (ADDRESS_BITS + code.bits)
    mapped = max(bits - CELLS, 0) // code.bits
    return min(max(alone, mapped), CELLS)


def best_choice(calq: NDArray[np.integer], bits: int, code: Code) -> Floats:
    """The largest charges of a module, as many as fit; of two alike the one with the lower number."""
    return _kept(calq, np.argsort(-calq.astype(np.int64), axis=1, kind="stable"), bits, code)


def threshold(calq: NDArray[np.integer], bits: int, code: Code, least_mip: float) -> Floats:
    """The charges of at least `least_mip` transverse MIPs by rising number of the cell, until no more fit."""
    passing = np.where(calq >= least_mip * UNITS_A_MIP, calq, 0)
    return _kept(passing, np.argsort(passing == 0, axis=1, kind="stable"), bits, code)


def supercells(calq: NDArray[np.integer], bits: int) -> Floats:
    """The sums of the 12 groups of 2 x 2, all with one code that fits, each spread evenly over its cells."""
    each = bits // len(GROUPS) - EXPONENT_BITS
    if each < 0:
        raise CalorimeterDataError(
            f"{bits} bits hold no {len(GROUPS)} sums; give {len(GROUPS) * EXPONENT_BITS} or more"
        )
    sums = Code(each).sent(calq.astype(np.int64)[:, GROUPS].sum(axis=2))
    spread = np.zeros(calq.shape)
    spread[:, GROUPS.ravel()] = np.repeat(sums / GROUPS.shape[1], GROUPS.shape[1], axis=1)
    return spread


def _kept(charges: NDArray[np.integer], order: NDArray[np.integer], bits: int, code: Code) -> Floats:
    """The first cells of each module in `order` that fit, the others 0."""
    chosen = order[:, : cells_that_fit(bits, code)]
    sent = np.zeros(charges.shape)
    own = np.take_along_axis(charges, chosen, axis=1)
    np.put_along_axis(sent, chosen, np.where(own > 0, code.sent(own), 0.0), axis=1)
    return sent
