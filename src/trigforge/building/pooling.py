"""Words for pooling, by windows and over all positions; the last axis holds the channels."""

from math import lcm, prod

import numpy as np

from trigforge.building.arithmetic import divided, max_over, mean_over, sum_over
from trigforge.building.linear import einsum_dense
from trigforge.building.structure import reshape, take
from trigforge.building.tensor import Tensor
from trigforge.building.windows import Steps
from trigforge.fixed import FixedArray
from trigforge.graph import Equation, Slice

Windows = list[list[int]]
"""for each output position the input positions under it"""


def max_pool(x: Tensor, size: tuple[int, ...], steps: Steps) -> Tensor:
    """The largest entry of each window; padding never wins."""
    windows = _windows(x, size, steps)
    tiles = all(_tiles(w, x.shape[axis]) for axis, w in enumerate(windows))
    return max_over((_tiled if tiles else _gathered)(x, windows), range(1, 2 * len(windows), 2))


def average_pool(x: Tensor, size: tuple[int, ...], steps: Steps) -> Tensor:
    """The mean of each window; padding does not count as entries.

    Entries of windows that a border cuts short count more often, so that all means have one divisor.
    """
    windows = _windows(x, size, steps)
    y = window_sums(x, size, steps)
    return divided(y, prod(_entries(w) for w in windows), "mean")


def _entries(windows: Windows) -> int:
    """The smallest number of entries that every window can be repeated to."""
    return lcm(*map(len, windows))


def window_sums(x: Tensor, size: tuple[int, ...], steps: Steps) -> Tensor:
    """The sum of each window; entries of windows that a border cuts short count more often, as in ``average_pool``."""
    windows = _windows(x, size, steps)
    if all(_tiles(w, x.shape[axis]) for axis, w in enumerate(windows)):
        return sum_over(_tiled(x, windows), range(1, 2 * len(windows), 2))
    for axis, w in enumerate(windows):
        x = _axis_sums(x, axis, w)
    return x


def global_max_pool(x: Tensor, keepdims: bool = False) -> Tensor:
    """The largest entry over all positions."""
    return max_over(x, range(x.rank - 1), keepdims)


def global_average_pool(x: Tensor, keepdims: bool = False) -> Tensor:
    """The mean over 2, 4, 8... positions."""
    return mean_over(x, range(x.rank - 1), keepdims)


def _windows(x: Tensor, size: tuple[int, ...], steps: Steps) -> list[Windows]:
    zeros = steps.zeros(x.shape[:-1], size)
    found: list[Windows] = []
    for (before, after), own, stride, length in zip(zeros, size, steps.strides, x.shape[:-1], strict=True):
        starts = range(-before, length + after - own + 1, stride)
        found.append([[n for n in range(start, start + own) if 0 <= n < length] for start in starts])
    return found


def _tiles(windows: Windows, length: int) -> bool:
    """True for windows that cut the axis into equal pieces, up to a rest that is left out."""
    size = len(windows[0])
    return [n for window in windows for n in window] == list(range(len(windows) * size)) and all(
        len(window) == size for window in windows
    )


def _tiled(x: Tensor, windows: list[Windows]) -> Tensor:
    """Axis ``a`` of length n * size becomes two axes (n, size)."""
    used = [len(w) * len(w[0]) for w in windows]
    stop = (*used, *x.shape[len(used) :])
    if stop != x.shape:
        x = x.builder.add("cut", Slice((0,) * len(stop), stop, (1,) * len(stop)), x)
    shape = [n for w in windows for n in (len(w), len(w[0]))]
    return reshape(x, (*shape, *x.shape[len(used) :]), "windows")


def _gathered(x: Tensor, windows: list[Windows]) -> Tensor:
    """As ``_tiled`` for any windows; a window cut short by the border repeats its last entry."""
    for axis, taps in enumerate(windows):
        size = max(len(window) for window in taps)
        full = [n for window in taps for n in (*window, *[window[-1]] * (size - len(window)))]
        x = take(x, full, axis, f"gather{axis}")
    shape = [n for w in windows for n in (len(w), max(len(window) for window in w))]
    return reshape(x, (*shape, *x.shape[len(windows) :]), "windows")


def _axis_sums(x: Tensor, axis: int, windows: Windows) -> Tensor:
    """One axis contracted with a matrix that says how often an entry counts in each window."""
    member = np.zeros((x.shape[axis], len(windows)), np.int64)
    for position, window in enumerate(windows):
        member[window, position] = _entries(windows) // len(window)
    letters = "abcdefgh"[: x.rank]
    equation = Equation((letters, f"{letters[axis]}z"), letters.replace(letters[axis], "z"))
    return einsum_dense(x, equation, FixedArray.of(member), name=f"sum{axis}")
