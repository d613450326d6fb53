"""Words that transformers are made of: softmax, attention, layer normalization."""

from collections.abc import Callable, Sequence

import numpy as np

from trigforge.building.activation import quantize, table
from trigforge.building.arithmetic import constant, einsum, max_over, multiply, subtract, sum_over
from trigforge.building.linear import batch_norm
from trigforge.building.quantization import Quantization
from trigforge.building.tensor import Tensor
from trigforge.fixed import FixedArray
from trigforge.graph import Equation

Step = Callable[[Tensor], Tensor]
"""A part that its caller chooses: a table, or any other words."""


def softmax(x: Tensor, axes: Sequence[int], exp: Step, inverse: Step, *, stable: bool = True) -> Tensor:
    """``exp(d) * inverse(sum(exp(d)))`` over ``axes``, with ``d = max(x) - x`` if ``stable``, else ``d = x``.

    If ``stable``, ``exp`` is a table of ``exp(-d)``, whose domain is never negative.
    """
    if stable:
        x = subtract(max_over(x, axes, keepdims=True), x, "distance")
    exponential = exp(x)
    return multiply(exponential, inverse(sum_over(exponential, axes, keepdims=True)))


def attention(query: Tensor, key: Tensor, value: Tensor, scores: Equation, mixed: Equation, weights: Step) -> Tensor:
    """``mixed(weights(scores(key, query)), value)`` of tensors that are projected already (arXiv 1706.03762).

    ``scores`` and ``mixed`` are the equations of the two contractions, with heads as an axis of their own; ``weights``
    is a softmax. Nothing is scaled: a factor 1/sqrt(d) belongs to the projection of the query.
    """
    return einsum(weights(einsum(key, query, scores, "scores")), value, mixed, "mixed")


def layer_norm(
    x: Tensor,
    spread: Quantization,
    inverse_root: Quantization,
    scale: FixedArray | None = None,
    offset: FixedArray | None = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset`` over the last axis (arXiv 1607.06450).

    With ``n`` entries, ``c = n x - sum(x)`` and ``s = sum(c^2) = n^3 variance`` are exact. ``s`` is quantized by
    ``spread`` (at most 16 bits) and looked up as ``sqrt(n / (s + n^3 epsilon))`` in the type of ``inverse_root``; the
    result is ``c`` times that.
    """
    entries = x.shape[-1]
    many = multiply(x, constant(x, FixedArray.of(entries), "entries"), name="many")
    centred = subtract(many, sum_over(x, [-1], keepdims=True), "centred")
    squares = sum_over(multiply(centred, centred, name="squares"), [-1], keepdims=True, name="squared")
    rest = entries**3 * epsilon
    root = table(
        quantize(squares, spread, "spread"),
        lambda values: np.sqrt(entries / (values + rest)),
        inverse_root,
        name="inverse_root",
    )
    normal = multiply(centred, root, name="normal")
    if scale is None and offset is None:
        return normal
    ones, zeros = FixedArray.of(np.ones(entries, np.int64)), FixedArray.of(np.zeros(entries, np.int64))
    return batch_norm(normal, scale or ones, offset or zeros)
