"""A small file from large ones: leading constituents only, numbers rounded so that ROOT compresses them well.

Used for the committed `sample.root`. Constituent angles are rounded to multiples of 2^-12 rad (the cells are 70 times
coarser), every other float to 11 bits of mantissa (0.02 %); labels and multiplicities stay exact.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.jets.generator import JetTable, concatenate
from datasets.jets.schema import PARTICLE_FEATURES
from datasets.jets.shards import read_table, write_table

ANGLE_STEP = 2.0**-12
MANTISSA_BITS = 11


def compact_table(table: JetTable, n_particles: int) -> JetTable:
    """The same jets with at most `n_particles` constituents of highest pT and rounded floats.

    `j_multiplicity` and the other high-level features remain those of the complete jet.
    """
    counts = np.minimum(table.counts, n_particles)
    start = np.cumsum(table.counts) - table.counts
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    flat = np.repeat(start, counts) + within
    momentum, *angles = PARTICLE_FEATURES
    particles = {momentum: round_mantissa(table.particles[momentum][flat])}
    for name in angles:
        steps = np.round(table.particles[name][flat] / ANGLE_STEP)
        particles[name] = (steps * ANGLE_STEP).astype(np.float32)
    scalars = {
        name: round_mantissa(column) if column.dtype == np.float32 else column for name, column in table.scalars.items()
    }
    return JetTable(scalars, counts, particles)


def round_mantissa(values: NDArray[np.generic], bits: int = MANTISSA_BITS) -> NDArray[np.float32]:
    """Rounds finite float32 to `bits` bits after the leading one, to nearest, ties away from zero."""
    dropped = 23 - bits
    words = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = (words + np.uint32(1 << (dropped - 1))) & np.uint32(0xFFFFFFFF << dropped & 0xFFFFFFFF)
    return rounded.view(np.float32)


def write_compact(sources: list[Path], destination: Path, n_particles: int) -> JetTable:
    """Joins ROOT files of this package into one compact file, LZMA-compressed, and returns what it holds."""
    import uproot

    table = compact_table(concatenate([read_table(source) for source in sources]), n_particles)
    write_table(destination, table, uproot.LZMA(9))
    return table
