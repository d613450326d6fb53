"""Ops with weights, and contractions of tensors: Gemm, MatMul, Conv, Einsum."""

from dataclasses import replace
from typing import Any

import numpy as np

from trigforge.building import Refusal, Steps, Tensor, check_elements, dense, einsum, einsum_dense, padded, transpose
from trigforge.building import conv as convolution
from trigforge.fixed import FixedArray
from trigforge.frontends.qonnx.call import Call, Operand, numbers
from trigforge.frontends.qonnx.constants import Constant
from trigforge.frontends.scales.ramps import Ratios, ratios
from trigforge.frontends.scales.values import Value, lattice
from trigforge.graph import Equation

_LETTERS, _MOST_TERMS = "abcdefghijklmnop", 3


def matmul(call: Call) -> Operand:
    """``MatMul`` of a tensor with a matrix, of a matrix with a tensor, or of two tensors."""
    x, y = call.operand(0), call.operand(1)
    if isinstance(x, Value) and isinstance(y, Value):
        return _product(x, y)
    if isinstance(y, Constant):
        if len(y.shape) != 2:
            return _stacked(call.x, y, first=False)
        if not call.x.shape or call.x.shape[-1] != y.shape[0]:
            raise Refusal(
                f"multiplies a tensor of shape {[*call.x.shape]} with {[*y.shape]}", "use one matrix that fits"
            )
        return _dense(call.x, y)
    assert isinstance(x, Constant)
    right = call.value(1)
    if len(x.shape) != 2:
        return _stacked(right, x, first=True)
    if len(right.shape) < 2 or x.shape[1] != right.shape[-2]:
        raise Refusal(f"multiplies a matrix of shape {[*x.shape]} with {[*right.shape]}", "use one matrix that fits")
    tensor, unit = lattice(right, "its operand")
    weights, scale = x.weights(0)
    rows = _LETTERS[: len(right.shape) - 2]
    found = einsum_dense(tensor, Equation((f"{rows}yz", "xy"), f"{rows}xz"), weights)
    return Value(found).then("mul", unit * scale.reshape(-1, 1))


def _dense(x: Value, matrix: Constant) -> Value:
    tensor, unit = lattice(x, "its operand")
    weights, scale = matrix.weights(1)
    return Value(dense(tensor, weights)).then("mul", unit * scale)


def _stacked(x: Value, constant: Constant, first: bool) -> Value:
    """A tensor times a vector or a stack of matrices, or one of these times it where it comes ``first``."""
    shape, vector = constant.shape, len(constant.shape) == 1
    beside_events = len(shape) > len(x.shape)
    stack = shape[int(beside_events) : -2]
    rows = _LETTERS[: max(len(x.shape) - 2, 0)]
    over = rows[len(rows) - len(stack) :]
    kept = [(letter, length) for letter, length in zip(over, stack, strict=False) if length != 1]
    term = f"{rows}yz" if first else f"{rows}xy"[-len(x.shape) :]
    own = "y" if vector else "xy" if first else "yz"
    lengths = dict(zip(term, x.shape, strict=False))
    fits = [*kept, ("y", shape[0] if vector else shape[-1 if first else -2])]
    aligned = len(term) == len(x.shape) and len(over) == len(stack) and (not beside_events or vector or shape[0] == 1)
    if not aligned or any(lengths.get(letter) != length for letter, length in fits):
        shapes = f"{[*shape]} with {[*x.shape]}" if first else f"{[*x.shape]} with {[*shape]}"
        raise Refusal(f"multiplies tensors of shapes {shapes}", "let the axes in front be those of one event, or of 1")
    tensor, unit = lattice(x, "its operand")
    weights, scale = _one_scale(constant)
    lasting = [*(length for _, length in kept), *shape[-len(own) :]]
    weights = FixedArray.of(weights.mantissa.values.reshape(lasting), weights.lsb)
    result = (rows + ("" if vector else "x") + "z") if first else term[:-1] + ("" if vector else "z")
    equation = Equation((term, "".join(letter for letter, _ in kept) + own), result)
    return Value(einsum_dense(tensor, equation, weights)).then("mul", unit * scale)


def _product(x: Value, y: Value) -> Value:
    """Matrices of one event multiplied; axes in front are those of both."""
    if len(x.shape) != len(y.shape) or len(x.shape) < 2 or x.shape[:-2] != y.shape[:-2] or x.shape[-1] != y.shape[-2]:
        raise Refusal(f"multiplies tensors of shapes {[*x.shape]} and {[*y.shape]}", "give both the same leading axes")
    check_elements((*x.shape[:-1], y.shape[-1]))
    (a, unit_a), (b, unit_b) = lattice(x, "its first operand"), lattice(y, "its second operand")
    rows = _LETTERS[: len(x.shape) - 2]
    return Value(einsum(a, b, Equation((f"{rows}xy", f"{rows}yz"), f"{rows}xz"))).then("mul", unit_a * unit_b)


def gemm(call: Call) -> Operand:
    """``Gemm``: ``alpha * x @ w + beta * b``."""
    x, matrix, bias = call.x, call.constant(1, "weights"), call.optional(2, "a bias")
    if len(x.shape) != 1 or len(matrix.shape) != 2 or x.shape[0] != matrix.shape[int(call.get("transB", 0))]:
        raise Refusal(f"multiplies a tensor of shape {[*x.shape]} with {[*matrix.shape]}", "flatten it, and let it fit")
    if call.get("transB", 0):
        matrix = transposed(matrix)
    y = _dense(x, matrix).then("mul", ratios(np.float32(call.get("alpha", 1.0))))
    if bias is None:
        return y
    return y.then("add", numbers(bias, y, call.events) * ratios(np.float32(call.get("beta", 1.0))))


def transposed(matrix: Constant, order: tuple[int, ...] = (1, 0)) -> Constant:
    """A constant with its axes in another order."""
    integers, scale = (None if part is None else part.transpose(order) for part in (matrix.integers, matrix.scale))
    return replace(matrix, values=matrix.values.transpose(order), integers=integers, scale=scale)


def conv(call: Call) -> Operand:
    """``Conv`` in one or two dimensions, with any groups, dilations and zeros around."""
    x, kernel, bias = call.x, call.constant(1, "weights"), call.optional(2, "a bias")
    dims = len(kernel.shape) - 2
    if dims not in (1, 2) or len(x.shape) != dims + 1:
        raise Refusal(f"has a kernel of shape {[*kernel.shape]}", "use convolutions in one or two dimensions")
    if call.channels_last:
        kernel = transposed(kernel, (0, dims + 1, *range(1, dims + 1)))
    groups = int(call.get("group", 1))
    channels = x.shape[-1 if call.channels_last else 0]
    if groups < 1 or kernel.shape[1] * groups != channels or kernel.shape[0] % groups:
        raise Refusal(f"has {groups} groups of {kernel.shape[1]} channels for {channels}", "let them fit")
    if [*call.get("kernel_shape", kernel.shape[2:])] != [*kernel.shape[2:]]:
        raise Refusal(f"has kernel_shape {[*call.get('kernel_shape', ())]} for {[*kernel.shape[2:]]}", "let them agree")
    tensor, unit = lattice(x, "its operand")
    if not call.channels_last:
        tensor = transpose(tensor, (*range(1, dims + 1), 0))
    weights, scale = transposed(kernel, (*range(2, dims + 2), 1, 0)).weights(dims + 1)
    strides, dilations = (tuple(call.get(name, (1,) * dims)) for name in ("strides", "dilations"))
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilations, kernel.shape[2:], strict=True))
    tensor = padded(tensor, zeros(call, tensor.shape[:-1], spans, strides))
    found = convolution(tensor, weights, None, Steps(strides, "valid", dilations), groups)
    shape = (-1,) if call.channels_last else (-1, *(1,) * dims)
    if not call.channels_last:
        found = transpose(found, (dims, *range(dims)), "channels_first")
    y = Value(found).then("mul", unit * scale.reshape(shape))
    return y if bias is None else y.then("add", bias.exact().reshape(shape))


def zeros(
    call: Call, lengths: tuple[int, ...], spans: tuple[int, ...], strides: tuple[int, ...]
) -> list[tuple[int, int]]:
    """The elements in front of and behind each spatial axis."""
    dims = len(lengths)
    mode = call.get("auto_pad", "NOTSET")
    if mode in ("NOTSET", "VALID"):
        pads = [int(n) for n in call.get("pads", (0,) * (2 * dims))] if mode == "NOTSET" else [0] * (2 * dims)
        if len(pads) != 2 * dims or min(pads) < 0:
            raise Refusal(f"has pads {pads}", "use one number of 0 or more for each end of each axis")
        return list(zip(pads[:dims], pads[dims:], strict=True))
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise Refusal(f"has auto_pad {mode!r}", "use pads")
    found: list[tuple[int, int]] = []
    for length, span, stride in zip(lengths, spans, strides, strict=True):
        total = max((-(-length // stride) - 1) * stride + span - length, 0)
        less = total // 2
        found.append((less, total - less) if mode == "SAME_UPPER" else (total - less, less))
    return found


def einsum_op(call: Call) -> Operand:
    """``Einsum`` of up to three operands; the first letter of each that events change is that of the events."""
    terms, output = _equation(call)
    variable = [isinstance(operand, Value) for operand in call.operands]
    order = sorted(range(len(terms)), key=lambda n: not variable[n])
    (x, unit), *others = (_factor(operand) for n in order if (operand := call.operands[n]) is not None)
    assert not isinstance(x, FixedArray)
    term, *rest = (terms[n] for n in order)
    if not rest:
        return Value(_rearranged(x, term, output)).then("mul", unit)
    for place, ((y, scale), other) in enumerate(zip(others, rest, strict=True), 1):
        later = {*output, *"".join(rest[place:])}
        kept = (
            output
            if place == len(rest)
            else "".join(letter for letter in dict.fromkeys(term + other) if letter in later)
        )
        lengths = dict(zip(term + other, (*x.shape, *y.shape), strict=True))
        check_elements([lengths[letter] for letter in kept])
        equation = Equation((term, other), kept)
        x = einsum_dense(x, equation, y) if isinstance(y, FixedArray) else einsum(x, y, equation)
        term, unit = kept, unit * scale
    return Value(x).then("mul", unit)


def _equation(call: Call) -> tuple[list[str], str]:
    """The letters of each operand and of the result, without that of the events."""
    text = str(call.get("equation", "")).replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if not arrow or not len(terms) == len(call.operands) <= _MOST_TERMS or "." in text:
        raise Refusal(f"has the equation {text!r}", "write an equation of up to three operands with ->, without ...")
    variable = [isinstance(operand, Value) for operand in call.operands]
    letter = next(term[:1] for term, own in zip(terms, variable, strict=True) if own)
    cut = [term[1:] if own else term for term, own in zip(terms, variable, strict=True)]
    leading = all(term[:1] == letter for term, own in zip(terms, variable, strict=True) if own)
    if not leading or right[:1] != letter or letter in "".join([*cut, right[1:]]):
        raise Refusal(f"has the equation {text!r}, which mixes events", "let the first axis be that of the events")
    return cut, right[1:]


def _rearranged(x: Tensor, term: str, output: str) -> Tensor:
    """One operand with axes in another order, those that are missing added up."""
    if len({*term}) < len(term):
        raise Refusal(f"takes the diagonal of {x.name!r}", "take its elements with Gather")
    summed = [letter for letter in term if letter not in output]
    if not summed:
        return transpose(x, [term.index(letter) for letter in output])
    ones = FixedArray.of(np.ones([x.shape[term.index(letter)] for letter in summed], np.int64))
    return einsum_dense(x, Equation((term, "".join(summed)), output), ones)


def _factor(operand: Operand) -> tuple[Tensor | FixedArray, Ratios]:
    """An operand as integers and a scale."""
    return lattice(operand, "its operand") if isinstance(operand, Value) else _one_scale(operand)


def _one_scale(weights: Constant) -> tuple[FixedArray, Ratios]:
    """Weights with one scale for all."""

    def flat(part: Any) -> Any:
        return None if part is None else np.broadcast_to(part, weights.shape).reshape(1, -1)

    one = Constant(weights.values.reshape(1, -1), flat(weights.integers), flat(weights.scale))
    found, scale = one.weights(0)
    return FixedArray.of(found.mantissa.values.reshape(weights.shape), found.lsb), scale.reshape(())


def cumulative_sum(call: Call) -> Operand:
    """``CumSum``: each entry and those before it, as a matrix of 0 and 1."""
    x, (axis,) = call.x, call.constant(1, "an axis").whole()
    own = call.axis(axis, x)
    tensor, unit = lattice(x, "its operand")
    letters = "abcdefghijkl"[: len(x.shape)]
    equation = Equation((letters, f"{letters[own]}z"), letters.replace(letters[own], "z"))
    ones = FixedArray.of(np.triu(np.ones((x.shape[own], x.shape[own]), np.int64)))
    return Value(einsum_dense(tensor, equation, ones)).then("mul", unit)
