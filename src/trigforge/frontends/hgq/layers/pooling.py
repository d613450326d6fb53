"""Pooling by windows and over all positions, quantized (HGQ2) or plain (Keras)."""

from collections.abc import Callable

import numpy as np

from trigforge.fixed import FixedArray, Integers
from trigforge.frontends.hgq.layers.linear import conv_padding
from trigforge.frontends.hgq.layers.merge import power_of_two
from trigforge.frontends.hgq.layers.reductions import reduced
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import EinsumDense, Gather, Max, Reshape, Shift, Slice, Sum
from trigforge.graph.equation import Equation

Windows = list[list[int]]
"""for each output position the input positions under it"""


def _windows(call: Call, x: Tensor, axis: int) -> Windows:
    layer = call.layer
    size, stride, length = int(layer.pool_size[axis]), int(layer.strides[axis]), x.shape[axis]
    before, after = conv_padding(layer.padding, length, size, stride)
    starts = range(-before, length + after - size + 1, stride)
    return [[n for n in range(start, start + size) if 0 <= n < length] for start in starts]


def _channels_last(call: Call) -> None:
    if call.layer.data_format != "channels_last":
        raise Refusal(f"has data_format {call.layer.data_format!r}", "use 'channels_last'")


def _tiles(windows: Windows, length: int) -> bool:
    """Whether the windows cut the axis into equal pieces, up to a rest that is left out."""
    size = len(windows[0])
    return [n for window in windows for n in window] == list(range(len(windows) * size)) and all(
        len(window) == size for window in windows
    )


def _tiled(call: Call, x: Tensor, windows: list[Windows]) -> Tensor:
    """Axis ``a`` of length n * size becomes two axes (n, size)."""
    used = [len(w) * len(w[0]) for w in windows]
    stop = (*used, *x.shape[len(used) :])
    if stop != x.shape:
        x = call.emit("cut", Slice((0,) * len(stop), stop, (1,) * len(stop)), x)
    shape = [n for w in windows for n in (len(w), len(w[0]))]
    return call.emit("windows", Reshape((*shape, *x.shape[len(used) :])), x)


def _gathered(call: Call, x: Tensor, windows: list[Windows]) -> Tensor:
    """As ``_tiled`` for any windows; a window cut short by the border repeats its last entry."""
    for axis, taps in enumerate(windows):
        size = max(len(window) for window in taps)
        full = [n for window in taps for n in (*window, *[window[-1]] * (size - len(window)))]
        x = call.emit(f"gather{axis}", Gather(Integers(full), axis), x)
    shape = [n for w in windows for n in (len(w), max(len(window) for window in w))]
    return call.emit("windows", Reshape((*shape, *x.shape[len(windows) :])), x)


def lower_max_pooling(call: Call) -> Tensor:
    """The largest entry of each window; padding never wins."""
    _channels_last(call)
    x = call.input_quantized(call.x)
    windows = [_windows(call, x, axis) for axis in range(len(call.layer.pool_size))]
    tiles = all(_tiles(w, x.shape[axis]) for axis, w in enumerate(windows))
    y = (_tiled if tiles else _gathered)(call, x, windows)
    return call.output_quantized(call.emit("max", Max(tuple(range(1, 2 * len(windows), 2))), y))


def lower_average_pooling(call: Call) -> Tensor:
    """The sum of each window times 1 / entries, which must be a power of two; padding does not count as entries."""
    _channels_last(call)
    x = call.input_quantized(call.x)
    windows = [_windows(call, x, axis) for axis in range(len(call.layer.pool_size))]
    counts = np.ones((), np.int64)
    for w in windows:
        counts = counts[..., None] * np.array([len(window) for window in w])
    places = np.array([power_of_two(1.0 / int(n)) for n in counts.reshape(-1)]).reshape(*counts.shape, 1)
    if all(_tiles(w, x.shape[axis]) for axis, w in enumerate(windows)):
        y = call.emit("sum", Sum(tuple(range(1, 2 * len(windows), 2))), _tiled(call, x, windows))
    else:
        y = x
        for axis, w in enumerate(windows):
            y = _window_sums(call, y, axis, w)
    return call.output_quantized(call.emit("mean", Shift(Integers(places).collapsed()), y))


def _window_sums(call: Call, x: Tensor, axis: int, windows: Windows) -> Tensor:
    """One axis contracted with a matrix of 0 and 1."""
    member = np.zeros((x.shape[axis], len(windows)), np.int64)
    for position, window in enumerate(windows):
        member[window, position] = 1
    letters = "abcdefgh"[: len(x.shape)]
    equation = Equation((letters, f"{letters[axis]}z"), letters.replace(letters[axis], "z"))
    return call.emit(f"sum{axis}", EinsumDense(equation, FixedArray.of(member)), x)


def lower_global_max_pooling(call: Call) -> Tensor:
    """The largest entry over all positions."""
    _channels_last(call)
    x = call.input_quantized(call.x)
    positions = tuple(range(len(x.shape) - 1))
    return call.output_quantized(reduced(call, Max, x, positions, bool(call.layer.keepdims)))


def lower_global_average_pooling(call: Call) -> Tensor:
    """The mean over 2, 4, 8... positions."""
    _channels_last(call)
    x = call.input_quantized(call.x)
    positions = tuple(range(len(x.shape) - 1))
    places = power_of_two(1.0 / int(np.prod(x.shape[:-1])))
    total = reduced(call, Sum, x, positions, bool(call.layer.keepdims))
    return call.output_quantized(call.shift("mean", total, places))


_KINDS: tuple[tuple[str, Callable[[Call], Tensor]], ...] = (
    ("MaxPooling", lower_max_pooling),
    ("AveragePooling", lower_average_pooling),
    ("GlobalMaxPooling", lower_global_max_pooling),
    ("GlobalAveragePooling", lower_global_average_pooling),
)

POOLING_LAYERS = {
    (package, f"{prefix}{name}{rank}D"): lower
    for package, prefix in (("hgq", "Q"), ("keras", ""))
    for name, lower in _KINDS
    for rank in (1, 2, 3)
}
