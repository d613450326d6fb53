"""``Table``: one lookup table of a Liberty file, by the load and slew that it depends on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trigforge.asic.liberty import Group

Floats = npt.NDArray[np.float64]

LOAD = ("total_output_net_capacitance",)
SLEW = ("input_net_transition", "input_transition_time")
CLOCK_SLEW = ("related_pin_transition",)
DATA_SLEW = ("constrained_pin_transition",)


@dataclass(frozen=True)
class Table:
    """Values on a grid of two axes, each with one point where the table does not depend on it."""

    first: Floats
    second: Floats
    values: Floats

    def at(self, first: Floats | float, second: Floats | float) -> Floats:
        """Values between grid points, bilinearly; beyond the grid the outermost cell is continued, as is customary."""
        row, across = _between(self.first, np.asarray(first, np.float64))
        column, along = _between(self.second, np.asarray(second, np.float64))
        next_row = np.minimum(row + 1, len(self.first) - 1)
        next_column = np.minimum(column + 1, len(self.second) - 1)
        low = self.values[row, column] * (1 - along) + self.values[row, next_column] * along
        high = self.values[next_row, column] * (1 - along) + self.values[next_row, next_column] * along
        return low * (1 - across) + high * across


def _between(axis: Floats, at: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """The grid point below, and the place between it and the next in units of their distance."""
    if len(axis) == 1:
        return np.zeros(at.shape, np.int64), np.zeros(at.shape)
    below = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return below, (at - axis[below]) / (axis[below + 1] - axis[below])


@dataclass(frozen=True)
class Axis:
    """One of the two axes of a kind of table: the names that its variable may have, and its unit in the file."""

    variables: tuple[str, ...]
    unit: float


def read_table(group: Group, templates: Mapping[str, Group], axes: tuple[Axis, Axis], unit: float) -> Table:
    """The table of a group, its values times ``unit``; ``LibraryError`` where it and its template do not fit."""
    if group.name == "scalar":
        return Table(np.zeros(1), np.zeros(1), _values(group, 1, unit).reshape(1, 1))
    template = templates.get(group.name)
    if template is None:
        raise group.error("uses a template that the library does not have")
    found: dict[int, tuple[int, Floats]] = {}
    for number in (1, 2, 3):
        if f"variable_{number}" not in template.attributes:
            break
        variable = template.text(f"variable_{number}")
        axis = next((n for n in (0, 1) if variable in axes[n].variables), None)
        if axis is None or axis in found:
            raise template.error(f"depends on {variable!r}, and a table of {group.kind} cannot be read by that")
        holder = group if f"index_{number}" in group.attributes else template
        points = np.array(holder.numbers(f"index_{number}")) * axes[axis].unit
        if not len(points) or (np.diff(points) <= 0).any():
            raise holder.error("does not rise from point to point", f"index_{number}")
        found[axis] = number - 1, points
    lengths = [len(points) for _, points in sorted(found.values(), key=lambda entry: entry[0])]
    values = _values(group, int(np.prod(lengths)), unit).reshape(lengths)
    if len(found) == 2 and found[0][0] == 1:
        values = values.T
    first, second = (found[axis][1] if axis in found else np.zeros(1) for axis in (0, 1))
    return Table(first, second, values.reshape(len(first), len(second)))


def _values(group: Group, count: int, unit: float) -> Floats:
    values = np.array(group.numbers("values"))
    if len(values) != count:
        raise group.error(f"holds {len(values)} values, and its axes have {count} points", "values")
    return values * unit
