"""The endcap: its layers, and where modules stand in each.

The values approximate the high-granularity calorimeter of CMS with 28 + 22 layers (CERN-LHCC-2017-023; rounded, equal
steps): CE-E is 28 silicon layers in 26 radiation lengths and 1.7 interaction lengths, of which every second one goes to
the trigger; of CE-H, the eight layers that are silicon alone, behind 35 mm of steel each. Nothing stands in front of
it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.geometry import MODULE_WIDTH_CM, POSITIONS_CM, Floats, Integers, nearest_hexagon

CE_E, CE_H = 1, 2
SUBDETECTORS = {CE_E: "CE-E", CE_H: "CE-H"}
ETA_RANGE = (1.55, 3.0)
"""Within it every module is whole; the others are left out."""

MODULE_GAP_CM = 0.1
MODULE_PITCH_CM = MODULE_WIDTH_CM + MODULE_GAP_CM
FINE_BELOW_CM, THICK_ABOVE_CM = 70.0, 100.0
"""Radii: sensors of 120 um (wafer type 0) inside the first, 300 um (2) outside the second, 200 um (1) between."""


@dataclass(frozen=True)
class Layers:
    """All sensor layers in the order a particle crosses them, (36,) each.

    `number` counts from 1 through CE-E and CE-H. `z_cm` is the distance from the collision point. `depth_x0` and
    `depth_lambda` are the radiation and interaction lengths in front of the sensor, along the beam. `mip_gev` is what a
    minimum ionising particle loses in the absorber of the layer: a signal of one MIP stands for it. `read` marks layers
    that go to the trigger.
    """

    number: Integers
    subdetector: Integers
    z_cm: Floats
    depth_x0: Floats
    depth_lambda: Floats
    mip_gev: Floats
    read: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.number)


def _layers() -> Layers:
    em, hadronic = 28, 8
    subdetector = np.repeat([CE_E, CE_H], [em, hadronic])
    number = np.arange(1, em + hadronic + 1)
    z_cm = np.where(number <= em, 322.1 + 1.21 * (number - 1), 367.7 + 5.0 * (number - em - 1))
    depth_x0 = np.cumsum(np.repeat([26.0 / em, 2.4], [em, hadronic]))
    depth_lambda = np.cumsum(np.repeat([1.7 / em, 0.27], [em, hadronic]))
    mip_gev = np.repeat([0.009, 0.050], [em, hadronic])
    return Layers(number, subdetector, z_cm, depth_x0, depth_lambda, mip_gev, (number > em) | (number % 2 == 1))


LAYERS = _layers()


@dataclass(frozen=True)
class Sites:
    """The places of modules in the layers that are read, (n,) each, in the order of the layers.

    `layer` is an index into `LAYERS`; `u` and `v` are the module's coordinates in its plane; `x_cm` and `y_cm` its
    middle, `eta` that of its middle; `cosh_eta` (n, 48) belongs to the cells. `index` (layers, side, side) is the site
    at (layer, u + `offset`, v + `offset`), -1 where there is none.
    """

    layer: Integers
    u: Integers
    v: Integers
    x_cm: Floats
    y_cm: Floats
    eta: Floats
    cosh_eta: Floats
    index: Integers
    offset: int

    def __len__(self) -> int:
        return len(self.layer)

    @property
    def wafertype(self) -> Integers:
        """Thickness of the sensor, (n,): 0, 1, 2 for 120, 200, 300 um."""
        return np.digitize(np.hypot(self.x_cm, self.y_cm), [FINE_BELOW_CM, THICK_ABOVE_CM])

    def at(self, layer: Integers, x_cm: Floats, y_cm: Floats) -> tuple[Integers, Floats, Floats]:
        """Sites of points, -1 outside of all, and the points' x and y from the middle of their module in cm."""
        v = y_cm / (MODULE_PITCH_CM * np.sqrt(0.75))
        row, column = nearest_hexagon(x_cm / MODULE_PITCH_CM + v / 2, v)
        centre_x, centre_y = _middle(row, column)
        inside = (np.abs(row) <= self.offset) & (np.abs(column) <= self.offset)
        row, column = np.where(inside, row + self.offset, 0), np.where(inside, column + self.offset, 0)
        return np.where(inside, self.index[layer, row, column], -1), x_cm - centre_x, y_cm - centre_y


def _middle(u: Integers, v: Integers) -> tuple[Floats, Floats]:
    """x and y of modules in cm: rows along x, one module in the middle of each plane."""
    return MODULE_PITCH_CM * (u - v / 2), MODULE_PITCH_CM * np.sqrt(0.75) * v


@cache
def sites() -> Sites:
    """All modules that lie whole within `ETA_RANGE`, in every layer that is read."""
    offset = 12
    u, v = (axis.ravel() for axis in np.meshgrid(*(np.arange(-offset, offset + 1),) * 2, indexing="ij"))
    x, y = _middle(u, v)
    angles = np.pi / 6 + np.arange(6) * np.pi / 3
    corner = MODULE_WIDTH_CM / np.sqrt(3)
    radii = np.hypot(x[:, None] + corner * np.cos(angles), y[:, None] + corner * np.sin(angles))
    index = np.full((len(LAYERS), 2 * offset + 1, 2 * offset + 1), -1)
    found: list[tuple[Integers, Integers]] = []
    count = 0
    for layer in np.flatnonzero(LAYERS.read):
        outer, inner = LAYERS.z_cm[layer] / np.sinh(ETA_RANGE)
        kept = np.flatnonzero((radii.min(axis=1) > inner) & (radii.max(axis=1) < outer))
        index[layer, u[kept] + offset, v[kept] + offset] = count + np.arange(len(kept))
        count += len(kept)
        found.append((np.full(len(kept), layer), kept))
    layer, kept = (np.concatenate(columns) for columns in zip(*found, strict=True))
    x, y, z = x[kept], y[kept], LAYERS.z_cm[layer]
    cell_radius = np.hypot(x[:, None] + POSITIONS_CM[:, 0], y[:, None] + POSITIONS_CM[:, 1])
    cosh_eta = np.cosh(np.arcsinh(z[:, None] / cell_radius))
    return Sites(layer, u[kept], v[kept], x, y, np.arcsinh(z / np.hypot(x, y)), cosh_eta, index, offset)
