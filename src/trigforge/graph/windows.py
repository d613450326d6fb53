"""The windows of a convolution: which input element stands under which weight."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError
from trigforge.graph.ops import Conv1D, Conv2D


@dataclass(frozen=True)
class Windows:
    """``index[position, tap]`` points into the flattened input, -1 at padding; taps run kernel first, channel last."""

    index: npt.NDArray[np.int64]
    out_shape: tuple[int, ...]

    def take(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The windows of one tensor: shape (positions, taps), 0 at padding. For events, see ``take_events``."""
        return self.take_events(values[None])[0]

    def take_events(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The windows of ``(events, *in_shape)``: shape (events, positions, taps), 0 at padding."""
        flat = values.reshape(len(values), -1)
        padded = np.concatenate([flat, np.zeros((len(flat), 1), flat.dtype)], axis=1)
        return padded[:, self.index]


def conv_windows(op: Conv1D | Conv2D, shape: tuple[int, ...]) -> Windows:
    """The windows over an input of ``shape``; ``GraphError`` where op and shape do not fit."""
    if isinstance(op, Conv1D):
        if len(op.weight.shape) != 3 or len(shape) != 2 or shape[1] != op.weight.shape[1]:
            raise GraphError(f"input {list(shape)} and weight {list(op.weight.shape)} do not fit")
        stride, dilation, padding = (1, op.stride), (1, op.dilation), (0, 0, *op.padding)
        spatial, kernel = (1, shape[0]), (1, op.weight.shape[0])
    else:
        if len(op.weight.shape) != 4 or len(shape) != 3 or shape[2] != op.weight.shape[2]:
            raise GraphError(f"input {list(shape)} and weight {list(op.weight.shape)} do not fit")
        stride, dilation, padding = op.stride, op.dilation, op.padding
        spatial, kernel = (shape[0], shape[1]), (op.weight.shape[0], op.weight.shape[1])
    if min(*stride, *dilation) < 1 or min(padding) < 0:
        raise GraphError(f"stride {stride}, dilation {dilation} or padding {padding} is too small")
    rows, out_height = tap_positions(spatial[0], kernel[0], stride[0], dilation[0], padding[:2])
    columns, out_width = tap_positions(spatial[1], kernel[1], stride[1], dilation[1], padding[2:])
    channels = shape[-1]
    row = rows[:, None, :, None, None]
    column = columns[None, :, None, :, None]
    index = (row * spatial[1] + column) * channels + np.arange(channels)
    index = np.where((row < 0) | (column < 0), -1, index)
    out = (out_height, out_width, op.weight.shape[-1])
    return Windows(index.reshape(out_height * out_width, -1), out[1:] if isinstance(op, Conv1D) else out)


def tap_positions(
    length: int, kernel: int, stride: int, dilation: int, padding: tuple[int, ...]
) -> tuple[npt.NDArray[np.int64], int]:
    """The input position under each tap of each output position, -1 outside, and the number of output positions.

    ``padding`` is that before and after; ``GraphError`` for a kernel that is too long.
    """
    outputs = (length + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1
    if outputs < 1:
        raise GraphError(
            f"a kernel of {kernel} (dilation {dilation}) is longer than the padded input of {length + sum(padding)}"
        )
    position = np.arange(outputs)[:, None] * stride + np.arange(kernel) * dilation - padding[0]
    return np.where((position < 0) | (position >= length), -1, position), outputs
