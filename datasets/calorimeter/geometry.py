"""One module: 48 trigger cells in three rhombi of 4 x 4, the 8 x 8 image of them, and their groups.

Published, and so here: the numbering of the 48 cells, their coordinates (u, v) in the hexagon and the sensor cells in
each (CMSSW, HGCalTriggerDetId), and with these the positions; the 8 x 8 arrangement; the 36 groups of 2 x 2 and three
of 4 x 4 of the telescope loss (fastmachinelearning/fastml-science, sensor-data-compression). The positions were
compared with the coordinates of the energy mover's distance there: all 1,128 distances agree within 0.2 micrometres.
Every module is taken for one of large cells (192 sensor cells, four a trigger cell), whole and with one orientation;
the weights of the groups at the middle differ from those published (`SUPERCELL_WEIGHTS`).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CELLS, RHOMBI, SIDE = 48, 3, 4
PITCH_CM = 2.4168015
"""Distance of two neighbouring trigger cells in a rhombus, from the published coordinates; a sensor cell has half."""
MODULE_WIDTH_CM, MODULE_HEIGHT_CM = 4 * PITCH_CM * np.sqrt(3), 8 * PITCH_CM
"""Of the hexagon: between two sides, along x, and between two corners, along y."""

CELL_U = np.array(
    [*[7, 6, 5, 4] * 4, *(u + row for row in range(4) for u in (1, 2, 3, 4)), *[3] * 4, *[2] * 4, *[1] * 4, *[0] * 4]
)
CELL_V = np.array(
    [*[4] * 4, *[5] * 4, *[6] * 4, *[7] * 4, *[0, 1, 2, 3] * 4, *(v - row for row in range(4) for v in (6, 5, 4, 3))]
)
"""(48,) each: coordinates of the trigger cells in the hexagon, 0 to 7."""

IMAGE_SIDE = 8
NO_CELL = -1
IMAGE = np.full((IMAGE_SIDE, IMAGE_SIDE), NO_CELL)
"""(8, 8): the cell at each place, `NO_CELL` in the fourth quarter, always 0. The one table of the arrangement."""
IMAGE[:4, :4] = np.arange(16, 32).reshape(4, 4)[::-1]
IMAGE[:4, 4:] = np.arange(16).reshape(4, 4).T
IMAGE[4:, :4] = np.arange(32, 48).reshape(4, 4).T[::-1, ::-1]

SENSOR_SIDE = 16
_INRADIUS_CM = PITCH_CM / 4
_STEP_CM = 2 * _INRADIUS_CM / np.sqrt(3)
"""Half the width and the circumradius of the hexagon of a sensor cell."""


def to_image(cells: NDArray[Any]) -> NDArray[Any]:
    """Charges of modules (n, 48) as images (n, 8, 8), 0 where there is no cell."""
    padded = np.concatenate([cells, np.zeros((len(cells), 1), cells.dtype)], axis=1)
    return padded[:, IMAGE]


def from_image(images: NDArray[Any]) -> NDArray[Any]:
    """Images (n, 8, 8) as charges (n, 48): the inverse of `to_image`; what stands where no cell is, is dropped."""
    return images.reshape(len(images), -1)[:, IMAGE_PLACE]


def nearest_hexagon(u: Floats, v: Floats) -> tuple[Integers, Integers]:
    """The hexagon that holds a point of real coordinates (u, v); neighbours differ by (1, 0), (0, 1) or (1, 1)."""
    rounded_u, rounded_v, third = np.rint(u), np.rint(v), np.rint(v - u)
    off_u, off_v, off = np.abs(rounded_u - u), np.abs(rounded_v - v), np.abs(third - (v - u))
    first = (off_u > off_v) & (off_u > off)
    second = ~first & (off_v > off)
    new_u = np.where(first, rounded_v - third, rounded_u)
    new_v = np.where(second, rounded_u + third, rounded_v)
    return new_u.astype(np.int64), new_v.astype(np.int64)


def cell_at(x_cm: Floats, y_cm: Floats) -> Integers:
    """The trigger cell whose sensor cells hold a point, from the middle of its module; at the rim the nearest one."""
    v = SENSOR_SIDE / 2 + (x_cm / _STEP_CM - 1) / 1.5
    u = (y_cm / _INRADIUS_CM + SENSOR_SIDE / 2 + v) / 2
    rows, columns = nearest_hexagon(u, v)
    last = SENSOR_SIDE + _RIM - 1
    return _CELL_OF_SENSOR[np.clip(rows, -_RIM, last) + _RIM, np.clip(columns, -_RIM, last) + _RIM]


def sensor_cells(u: int, v: int) -> tuple[Integers, Integers]:
    """Coordinates (4,) each of the sensor cells in the trigger cell (u, v) (CMSSW, HGCalTriggerDetId::cellU, cellV)."""
    first, second = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    if u >= SIDE and v >= SIDE:
        return 2 * u + first, 2 * v + second
    if u < SIDE and u <= v:
        return 2 * u + first, 2 * v + first + second
    return 2 * u - 1 + first + second, 2 * v + first


def cell_corners_cm() -> list[Floats]:
    """Corners (4, 2) of each cell, drawn as a rhombus of an ideal hexagon.

    The cells proper are unions of four hexagons, so that their middles lie 3.5 mm off those of the rhombi.
    """
    up, turn = np.array([0.0, 1.0]), np.array([[-0.5, -np.sqrt(0.75)], [np.sqrt(0.75), -0.5]])
    corners: list[Floats] = []
    for cell in range(CELLS):
        rhombus, row, column = cell // 16, cell % 16 // 4, cell % 4
        along_row = np.linalg.matrix_power(turn, (rhombus + 2) % RHOMBI) @ up
        along_column = np.linalg.matrix_power(turn, rhombus) @ up
        outer = row * along_row + (SIDE - 1 - column) * along_column
        steps = (0 * up, along_row, along_row + along_column, along_column)
        corners.append(PITCH_CM * np.array([outer + step for step in steps]))
    return corners


def _position(u: Integers, v: Integers) -> Floats:
    """Middles (..., 2) of sensor cells in cm, from that of the module (CMSSW, HGCalTriggerDetId::triggerCellX, Y)."""
    half = SENSOR_SIDE // 2
    x, y = (1.5 * (v - half) + 1) * _STEP_CM, (2 * u - half - v) * _INRADIUS_CM
    return np.stack([x, y], axis=-1).astype(np.float64, copy=False)


def _supercells() -> Integers:
    """(36, 4): the nine 2 x 2 groups within each rhombus, then the three across each border of two rhombi."""
    grid = np.arange(CELLS).reshape(RHOMBI, SIDE, SIDE)
    groups = [
        [*grid[r, i, j : j + 2], *grid[r, i + 1, j : j + 2]] for r in range(3) for i in range(3) for j in range(3)
    ]
    for rhombus in range(RHOMBI):
        edge, other = grid[rhombus, 0], grid[(rhombus + 1) % RHOMBI, ::-1, -1]
        groups += [[*edge[j : j + 2], *other[j : j + 2]] for j in range(SIDE - 1)]
    return np.array(groups)


def _neighbours() -> NDArray[np.bool_]:
    """(48, 48): True for two cells that share the side of a rhombus, within one or across a border."""
    grid = np.arange(CELLS).reshape(RHOMBI, SIDE, SIDE)
    pairs = [(grid[:, :-1], grid[:, 1:]), (grid[:, :, :-1], grid[:, :, 1:])]
    pairs += [(grid[r, 0], grid[(r + 1) % RHOMBI, ::-1, -1]) for r in range(RHOMBI)]
    found = np.zeros((CELLS, CELLS), np.bool_)
    for first, second in pairs:
        found[first, second] = found[second, first] = True
    return found


def _nearest_cells() -> Integers:
    u, v = np.meshgrid(*(np.arange(-_RIM, SENSOR_SIDE + _RIM),) * 2, indexing="ij")
    middles = np.concatenate([_position(*sensor_cells(a, b)) for a, b in zip(CELL_U, CELL_V, strict=True)])
    distances = np.linalg.norm(_position(u, v)[:, :, None] - middles, axis=-1)
    return np.argmin(distances, axis=-1) // 4


_RIM = 2
_CELL_OF_SENSOR = _nearest_cells()
"""Trigger cell of each sensor cell, and of the places around that a hexagon's rim cuts."""

IMAGE_PLACE = np.argsort(IMAGE, axis=None)[IMAGE.size - CELLS :]
"""(48,): the place of each cell in the flat image of 64."""

POSITIONS_CM = np.stack([_position(*sensor_cells(u, v)).mean(axis=0) for u, v in zip(CELL_U, CELL_V, strict=True)])
"""(48, 2): x and y of each cell, the mean of its sensor cells, from the middle of the module."""

DISTANCES_CM = np.linalg.norm(POSITIONS_CM[:, None] - POSITIONS_CM, axis=-1)
"""(48, 48): distances between cells, the ground distance of an energy mover's distance."""

NEIGHBOURS = _neighbours()
SUPERCELLS = _supercells()

SUPERCELL_WEIGHTS = (1 / np.bincount(SUPERCELLS.ravel(), minlength=CELLS))[SUPERCELLS].sum(axis=1) / 4
"""(36,): a quarter of the sum, over the cells of a group, of 1 / (groups that hold the cell), so that each cell counts
once and the weights add up to 12. Published are the same but for the six groups that hold a cell at the middle: 1/16
more for the three within a rhombus, 1/8 more for the three across a border."""

RHOMBUS_OF_CELL = np.arange(CELLS) // (SIDE * SIDE)
"""(48,): the groups of 4 x 4 are the rhombi."""
