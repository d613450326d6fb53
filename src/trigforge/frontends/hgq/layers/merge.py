"""Layers that join several tensors element by element, by contraction or by summation over axes."""

import math
from collections.abc import Callable

from trigforge.frontends.hgq.equations import without_events
from trigforge.frontends.hgq.layers.reductions import reduced
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Add, Concat, Einsum, Maximum, Minimum, Mul, Sub, Sum
from trigforge.graph.equation import Equation

Pairwise = Add | Sub | Mul | Maximum | Minimum


def quantized_inputs(call: Call) -> list[Tensor]:
    """Every operand through its own input quantizer, where the layer has them."""
    if not getattr(call.layer, "enable_iq", False):
        return call.tensors
    quantizers = list(call.layer.iq)
    return [call.quantize(f"iq{n}", q, x) for n, (q, x) in enumerate(zip(quantizers, call.tensors, strict=True))]


def folded(call: Call, op: Pairwise, operands: list[Tensor]) -> Tensor:
    """The op on the first two operands, then on the result and the next."""
    result = operands[0]
    for operand in operands[1:]:
        result = call.emit("merged", op, result, operand)
    return result


def _pairwise(op: Pairwise) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        return call.output_quantized(folded(call, op, quantized_inputs(call)))

    return lower


def lower_average(call: Call) -> Tensor:
    """``QAveragePow2`` (a sum times a power of two) and ``Average`` of 2, 4, 8... operands."""
    operands = quantized_inputs(call)
    scale = getattr(call.layer, "_scale", 1.0 / len(operands))
    return call.output_quantized(call.shift("scaled", folded(call, Add(), operands), power_of_two(scale)))


def power_of_two(scale: float) -> int:
    """The exponent of a scale; ``Refusal`` unless it is a power of two."""
    fraction, exponent = math.frexp(scale)
    if fraction != 0.5:
        raise Refusal(f"multiplies by {scale:g}, which is no power of two", "use 2, 4, 8... terms, or a sum")
    return exponent - 1


def lower_concatenate(call: Call) -> Tensor:
    """``Concatenate``; the first axis of a tensor is 1, as events have 0."""
    axis = int(call.layer.axis) % (len(call.tensors[0].shape) + 1) - 1
    if axis < 0:
        raise Refusal("concatenates along the event axis", "use another axis")
    tensors = call.tensors
    return tensors[0] if len(tensors) == 1 else call.emit("concat", Concat(axis), *tensors)


def lower_einsum(call: Call) -> Tensor:
    """``QEinsum`` of two operands."""
    x = quantized_inputs(call)
    if len(x) != 2:
        raise Refusal(f"contracts {len(x)} operands", "contract two at a time")
    equation = without_events(call.layer.equation, [len(t.shape) + 1 for t in x], [True, True])
    return call.output_quantized(call.emit("einsum", Einsum(equation), *x))


def lower_dot(call: Call) -> Tensor:
    """``QDot``: a contraction over one axis of each operand."""
    x, y = quantized_inputs(call)
    axes = call.layer.axes
    pair = [axes, axes] if isinstance(axes, int) else list(axes)
    a, b = (axis % (len(t.shape) + 1) - 1 for axis, t in zip(pair, (x, y), strict=True))
    if min(a, b) < 0:
        raise Refusal("contracts the event axis", "use other axes")
    first, second = list("abcdefgh"[: len(x.shape)]), list("ijklmnop"[: len(y.shape)])
    first[a] = second[b] = "z"
    kept = "".join(letter for letter in (*first, *second) if letter != "z")
    product = call.emit("dot", Einsum(Equation(("".join(first), "".join(second)), kept)), x, y)
    return call.output_quantized(call.reshape("shaped", product, call.output_shape))


def lower_sum(call: Call) -> Tensor:
    """``QSum`` and ``QMeanPow2``: a sum over axes, times a power of two."""
    x = call.input_quantized(call.x)
    axes = tuple(sorted(int(axis) % (len(x.shape) + 1) - 1 for axis in call.layer.axes))
    total = reduced(call, Sum, x, axes, bool(call.layer.keepdims))
    return call.output_quantized(call.shift("scaled", total, power_of_two(float(call.layer.scale))))


MERGE_LAYERS = {
    **{
        (package, prefix + name): _pairwise(op)
        for package, prefix in (("hgq", "Q"), ("keras", ""))
        for name, op in (
            ("Add", Add()),
            ("Subtract", Sub()),
            ("Multiply", Mul()),
            ("Maximum", Maximum()),
            ("Minimum", Minimum()),
        )
    },
    ("hgq", "QAveragePow2"): lower_average,
    ("keras", "Average"): lower_average,
    ("hgq", "QEinsum"): lower_einsum,
    ("hgq", "QDot"): lower_dot,
    ("keras", "Dot"): lower_dot,
    ("hgq", "QSum"): lower_sum,
    ("hgq", "QMeanPow2"): lower_sum,
    ("keras", "Concatenate"): lower_concatenate,
}
