"""Words for layers with weights: dense, einsum dense, convolutions, batch normalization."""

from math import prod

import numpy as np

from trigforge.building.arithmetic import add, constant, einsum
from trigforge.building.refusals import Refusal
from trigforge.building.structure import reshape
from trigforge.building.tensor import Tensor, Weight
from trigforge.building.windows import Steps, patches
from trigforge.fixed import FixedArray
from trigforge.graph import Conv1D, Conv2D, Dense, EinsumDense, Equation


def dense(x: Tensor, weight: Weight, bias: Weight | None = None, name: str = "dense") -> Tensor:
    """``x[..., n_in] @ weight[n_in, n_out] + bias[n_out]``."""
    weight, bias = _reloaded(x, weight, bias)
    if isinstance(weight, FixedArray) and not isinstance(bias, Tensor):
        return x.builder.add(name, Dense(weight, bias), x)
    return _with_weights(x, Equation.of_dense(x.rank), weight, bias, name)


def einsum_dense(
    x: Tensor, equation: Equation, weight: Weight, bias: Weight | None = None, name: str = "dense"
) -> Tensor:
    """``einsum(equation, x, weight) + bias``; the bias broadcasts to the result."""
    weight, bias = _reloaded(x, weight, bias)
    if isinstance(weight, FixedArray) and not isinstance(bias, Tensor):
        return x.builder.add(name, EinsumDense(equation, weight, bias), x)
    return _with_weights(x, equation, weight, bias, name)


def _reloaded(x: Tensor, weight: Weight, bias: Weight | None) -> tuple[Weight, Weight | None]:
    """Weight and bias, or the registers that the table of types asks for in their place."""
    if isinstance(weight, FixedArray):
        weight = x.builder.reloaded(weight, "weight") or weight
    if isinstance(bias, FixedArray):
        bias = x.builder.reloaded(bias, "bias") or bias
    return weight, bias


def _with_weights(x: Tensor, equation: Equation, weight: Weight, bias: Weight | None, name: str) -> Tensor:
    """The contraction with weights of which some are tensors."""
    if isinstance(weight, FixedArray):
        y = x.builder.add(name, EinsumDense(equation, weight), x)
    else:
        y = einsum(x, weight, equation, name)
    if bias is None:
        return y
    return add(y, constant(y, bias, f"{name}.bias") if isinstance(bias, FixedArray) else bias, name=name)


def conv(x: Tensor, weight: Weight, bias: Weight | None, steps: Steps, groups: int = 1, name: str = "conv") -> Tensor:
    """A cross-correlation of ``x[positions..., c_in]`` with ``weight[kernel..., c_in / groups, c_out]``.

    The kernel of a grouped convolution is one with zeros between the groups. In three dimensions, and with weights that
    are tensors, it is a dense layer on ``patches``.
    """
    weight, bias = _reloaded(x, weight, bias)
    if isinstance(weight, FixedArray):
        weight = _ungrouped(weight, groups)
        if len(steps.strides) <= 2:
            op = _convolution(weight, None if isinstance(bias, Tensor) else bias, steps, x.shape)
            y = x.builder.add(name, op, x)
            return add(y, bias, name=name) if isinstance(bias, Tensor) else y
    elif groups != 1:
        raise Refusal(f"has {groups} groups and weights that are reloaded", "use one group")
    taps = patches(x, weight.shape[:-2], steps, name)
    rows = (prod(weight.shape[:-1]), weight.shape[-1])
    if isinstance(weight, FixedArray):
        flat: Weight = FixedArray.of(weight.mantissa.values.reshape(rows), weight.lsb)
    else:
        flat = reshape(weight, rows, f"{name}.weights")
    return dense(taps, flat, bias, name)


def _convolution(weight: FixedArray, bias: FixedArray | None, steps: Steps, shape: tuple[int, ...]) -> Conv1D | Conv2D:
    zeros = steps.zeros(shape[:-1], weight.shape[:-2])
    dilation = steps.dilation or (1,) * len(steps.strides)
    if len(steps.strides) == 1:
        return Conv1D(weight, bias, steps.strides[0], zeros[0], dilation[0])
    (top, bottom), (left, right) = zeros
    strides = (steps.strides[0], steps.strides[1])
    return Conv2D(weight, bias, strides, (top, bottom, left, right), (dilation[0], dilation[1]))


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
