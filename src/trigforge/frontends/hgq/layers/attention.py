"""Attention, as projections, two contractions of variables and a softmax."""

from trigforge.frontends.hgq.equations import without_events
from trigforge.frontends.hgq.layers.linear import lower_einsum_dense
from trigforge.frontends.hgq.layers.tables import softmax
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import Einsum
from trigforge.graph.equation import Equation

_PLAIN = {"training": (None, False), "use_causal_mask": (None, False), "return_attention_scores": (None, False)}


def _operands(call: Call) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key, as Keras fills in what is left out."""
    names = ("query", "value", "key")
    given = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    odd = [name for name, value in given.items() if name not in names and value not in _PLAIN.get(name, (None,))]
    if odd or len(call.args) > len(names):
        raise Refusal(f"is called with {', '.join(odd) or 'a mask'}", "call it with query, value and key only")
    query: Tensor = given["query"]
    value: Tensor = query if given.get("value") is None else given["value"]
    key: Tensor = value if given.get("key") is None else given["key"]
    return query, value, key


def lower_attention(call: Call) -> Tensor:
    """``QMultiHeadAttention``."""
    return _attention(call, *_operands(call))


def lower_linformer_attention(call: Call) -> Tensor:
    """``QLinformerAttention``: key and value are first projected along the sequence."""
    query, value, key = _operands(call)
    projected_key = lower_einsum_dense(call.of(call.layer._lin_k_proj, "lin_key", key))
    projected_value = lower_einsum_dense(call.of(call.layer._lin_v_proj, "lin_value", value))
    return _attention(call, query, projected_value, projected_key)


def _attention(call: Call, query: Tensor, value: Tensor, key: Tensor) -> Tensor:
    layer = call.layer
    if layer._inverse_sqrt_key_dim != 1.0:
        raise Refusal("scales its query by a floating-point number", "build it with HGQ2 0.2")
    q = lower_einsum_dense(call.of(layer._query_dense, "query", query))
    k = lower_einsum_dense(call.of(layer._key_dense, "key", key))
    v = lower_einsum_dense(call.of(layer._value_dense, "value", value))
    scores = call.emit("scores", Einsum(_equation(layer._dot_product_equation, k, q)), k, q)
    weights = softmax(call.of(layer._softmax, "softmax", scores), scores)
    mixed = call.emit("mixed", Einsum(_equation(layer._combine_equation, weights, v)), weights, v)
    return call.output_quantized(lower_einsum_dense(call.of(layer._output_dense, "output", mixed)))


def _equation(equation: str, x: Tensor, y: Tensor) -> Equation:
    return without_events(equation, [len(x.shape) + 1, len(y.shape) + 1], [True, True])


ATTENTION_LAYERS = {
    ("hgq", "QMultiHeadAttention"): lower_attention,
    ("hgq", "QLinformerAttention"): lower_linformer_attention,
}
