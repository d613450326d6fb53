"""Words for layers with weights: dense, einsum dense, convolutions, batch normalization."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from trigforge.building.arithmetic import add, constant, einsum
from trigforge.building.refusals import Refusal
from trigforge.building.structure import concat, reshape, take
from trigforge.building.tensor import Tensor, Weight
from trigforge.fixed import FixedArray
from trigforge.graph import Conv1D, Conv2D, Dense, EinsumDense, Equation, conv_windows


def dense(x: Tensor, weight: Weight, bias: Weight | None = None, name: str = "dense") -> Tensor:
    """``x[..., n_in] @ weight[n_in, n_out] + bias[n_out]``."""
    if isinstance(weight, FixedArray) and not isinstance(bias, Tensor):
        return x.builder.add(name, Dense(weight, bias), x)
    return _with_weights(x, Equation.of_dense(x.rank), weight, bias, name)


def einsum_dense(
    x: Tensor, equation: Equation, weight: Weight, bias: Weight | None = None, name: str = "dense"
) -> Tensor:
    """``einsum(equation, x, weight) + bias``; the bias broadcasts to the result."""
    if isinstance(weight, FixedArray) and not isinstance(bias, Tensor):
        return x.builder.add(name, EinsumDense(equation, weight, bias), x)
    return _with_weights(x, equation, weight, bias, name)


def _with_weights(x: Tensor, equation: Equation, weight: Weight, bias: Weight | None, name: str) -> Tensor:
    """The contraction with weights of which some are tensors."""
    if isinstance(weight, FixedArray):
        y = x.builder.add(name, EinsumDense(equation, weight), x)
    else:
        y = einsum(x, weight, equation, name)
    if bias is None:
        return y
    return add(y, constant(y, bias, f"{name}.bias") if isinstance(bias, FixedArray) else bias, name=name)


@dataclass(frozen=True)
class Steps:
    """The steps of a window along each spatial axis, and the zeros around them as Keras names them.

    ``padding`` is "valid", "same" (the odd zero stands behind) or "causal" (all zeros before; one spatial axis).
    """

    strides: tuple[int, ...]
    padding: str = "valid"
    dilation: tuple[int, ...] = ()

    def zeros(self, lengths: Sequence[int], kernel: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """The zeros before and after each axis; ``Refusal`` for another ``padding``."""
        dilation = self.dilation or (1,) * len(self.strides)
        windows = (d * (size - 1) + 1 for d, size in zip(dilation, kernel, strict=True))
        return tuple(
            _zeros(self.padding, length, window, stride)
            for length, window, stride in zip(lengths, windows, self.strides, strict=True)
        )


def _zeros(padding: str, length: int, window: int, stride: int) -> tuple[int, int]:
    match padding:
        case "valid":
            return (0, 0)
        case "causal":
            return (window - 1, 0)
        case "same":
            total = max((-(-length // stride) - 1) * stride + window - length, 0)
            return (total // 2, total - total // 2)
        case _:
            raise Refusal(f"has padding {padding!r}", "use 'valid', 'same' or 'causal'")


def conv(x: Tensor, weight: Weight, bias: Weight | None, steps: Steps, groups: int = 1, name: str = "conv") -> Tensor:
    """A cross-correlation of ``x[(height,) length, c_in]`` with ``weight[(k_h,) k, c_in / groups, c_out]``.

    The kernel of a grouped convolution is one with zeros between the groups.
    """
    if isinstance(weight, FixedArray):
        weight = _ungrouped(weight, groups)
        op = _convolution(weight, None if isinstance(bias, Tensor) else bias, steps, x.shape)
        y = x.builder.add(name, op, x)
        return add(y, bias, name=name) if isinstance(bias, Tensor) else y
    if groups != 1:
        raise Refusal(f"has {groups} groups and weights that are reloaded", "use one group")
    shape = FixedArray.of(np.zeros(weight.shape, np.int64))
    windows = conv_windows(_convolution(shape, None, steps, x.shape), x.shape)
    taps = _windows(x, windows.index.tolist(), name)
    flat = reshape(weight, (prod(weight.shape[:-1]), weight.shape[-1]), f"{name}.weights")
    return reshape(dense(taps, flat, bias, name), windows.out_shape, name)


def _convolution(weight: FixedArray, bias: FixedArray | None, steps: Steps, shape: tuple[int, ...]) -> Conv1D | Conv2D:
    zeros = steps.zeros(shape[:-1], weight.shape[:-2])
    dilation = steps.dilation or (1,) * len(steps.strides)
    if len(steps.strides) == 1:
        return Conv1D(weight, bias, steps.strides[0], zeros[0], dilation[0])
    (top, bottom), (left, right) = zeros
    strides = (steps.strides[0], steps.strides[1])
    return Conv2D(weight, bias, strides, (top, bottom, left, right), (dilation[0], dilation[1]))


def _windows(x: Tensor, index: list[list[int]], name: str) -> Tensor:
    """``(positions, taps)``: the elements of ``x`` under each tap, 0 where the index is -1."""
    size = prod(x.shape)
    flat = reshape(x, (size,), f"{name}.flat")
    if any(-1 in row for row in index):
        flat = concat(flat, constant(x, FixedArray.of([0]), f"{name}.zero"), name=f"{name}.padded")
    taken = take(flat, [size if n < 0 else n for row in index for n in row], name=f"{name}.taps")
    return reshape(taken, (len(index), len(index[0])), f"{name}.windows")


def _ungrouped(weight: FixedArray, groups: int) -> FixedArray:
    """The kernel of a grouped convolution among zeros, as one convolution."""
    if groups == 1:
        return weight
    grouped = weight.mantissa.values
    c_in, c_out = grouped.shape[-2], grouped.shape[-1] // groups
    full = np.zeros((*grouped.shape[:-2], c_in * groups, grouped.shape[-1]), grouped.dtype)
    for g in range(groups):
        outputs = slice(g * c_out, (g + 1) * c_out)
        full[..., g * c_in : (g + 1) * c_in, outputs] = grouped[..., outputs]
    return FixedArray.of(full, weight.lsb)


def batch_norm(x: Tensor, scale: FixedArray, offset: FixedArray, axis: int = -1, name: str = "scaled") -> Tensor:
    """``x * scale + offset`` with one scale and offset for each entry of an axis."""
    axis %= x.rank
    letters = "abcdefghijklmnop"[: x.rank]
    shape = [1] * x.rank
    shape[axis] = -1
    shaped = FixedArray.of(offset.mantissa.values.reshape(shape), offset.lsb)
    return einsum_dense(x, Equation((letters, letters[axis]), letters), scale, shaped, name)
