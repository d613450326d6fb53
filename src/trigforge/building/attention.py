"""Words that transformers are made of: softmax and attention. Normalizations stand in ``norms``."""

from collections.abc import Sequence

from trigforge.building.arithmetic import constant, einsum, max_over, multiply, select, subtract, sum_over
from trigforge.building.quantization import ONE
from trigforge.building.tensor import Step, Tensor
from trigforge.fixed import FixedArray
from trigforge.graph import Equation


def softmax(
    x: Tensor, axes: Sequence[int], exp: Step, inverse: Step, *, stable: bool = True, mask: Tensor | None = None
) -> Tensor:
    """``exp(d) * inverse(sum(exp(d)))`` over ``axes``, with ``d = max(x) - x`` if ``stable``, else ``d = x``.

    If ``stable``, ``exp`` is a table of ``exp(-d)``, whose domain is never negative. Where ``mask``, broadcast, is 0
    and not 1, an entry takes no part and its result is 0; so it is for all entries of a row that is masked whole.

    Entries that are all equal share 1 as the tables round it; one far above the rest gets ``exp(0) * inverse(exp(0))``;
    where all stand at the end of their type they are equal, and nothing else happens there.
    """
    if stable:
        if mask is not None:
            hull = x.interval.hull
            x = select(mask, x, constant(x, FixedArray.of(hull.lo, hull.lsb), "least"), ONE, "seen")
        x = subtract(max_over(x, axes, keepdims=True), x, "distance")
    exponential = exp(x)
    if mask is not None:
        exponential = multiply(exponential, mask, name="masked")
    return multiply(exponential, inverse(sum_over(exponential, axes, keepdims=True)))


def attention(query: Tensor, key: Tensor, value: Tensor, scores: Equation, mixed: Equation, weights: Step) -> Tensor:
    """``mixed(weights(scores(key, query)), value)`` of tensors that are projected already (arXiv 1706.03762).

    ``scores`` and ``mixed`` are the equations of the two contractions, with heads as an axis of their own; ``weights``
    is a softmax. Nothing is scaled: a factor 1/sqrt(d) belongs to the projection of the query.
    """
    return einsum(weights(einsum(key, query, scores, "scores")), value, mixed, "mixed")
