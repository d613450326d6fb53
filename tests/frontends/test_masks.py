"""Masks of attention and of softmaxes against Keras: equal integers, rows that are masked whole included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import assert_agrees, scramble
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.keras.framework import keras


def bit(mask: Any) -> Any:
    """A mask as one bit."""
    from hgq.quantizer import Quantizer, QuantizerConfig

    one = QuantizerConfig("kif", "datalane", k0=0, i0=1, f0=0, trainable=False, round_mode="RND", overflow_mode="WRAP")
    return Quantizer(one)(mask)


def scrambled(layers: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
    """A model of random weights and types whose masks keep their one bit."""
    from hgq.quantizer import Quantizer

    inputs = [keras().Input(shape) for shape in shapes]
    model = scramble(keras().Model(inputs, layers(*inputs)), np.random.default_rng(1))
    for layer in model.layers:
        if isinstance(layer, Quantizer):
            inner: Any = layer.quantizer
            for variable, value in ((inner._k, 0), (inner._i, 1), (inner._f, 0)):
                variable.assign(np.full(variable.shape, value))
    return model


def attention(query: Any, value: Any, **given: Any) -> Any:
    from hgq.layers import QMultiHeadAttention

    return QMultiHeadAttention(2, 3)(query, value, **given)


def softmax(x: Any, mask: Any, **options: Any) -> Any:
    from hgq.layers import QSoftmax

    return QSoftmax(axis=-1, enable_iq=True, **options)(x, mask=mask)


@pytest.mark.parametrize(
    ("layers", "shapes"),
    [
        (lambda x: attention(x, x, use_causal_mask=True), [(4, 5)]),
        (lambda x, m: attention(x, x, attention_mask=bit(m)), [(4, 5), (4, 4)]),
        (lambda x, m: attention(x, x, value_mask=bit(m), use_causal_mask=True), [(4, 5), (4,)]),
        (lambda x, y, m, n: attention(x, y, query_mask=bit(m), key_mask=bit(n)), [(4, 5), (3, 5), (4,), (3,)]),
        (lambda x, m: softmax(x, bit(m)), [(4, 5), (4, 5)]),
        (lambda x, m: softmax(x, bit(m), stable=False), [(4, 5), (4, 5)]),
    ],
    ids=["causal", "attention", "value and causal", "query and key of two tensors", "softmax", "not stable"],
)
def test_masks_equal_keras(layers: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    assert_agrees(scrambled(layers, *shapes), 3)


def test_a_mask_of_other_values_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="has a mask of other values than 0 and 1; quantize it to one bit"):
        assert_agrees(scrambled(lambda x, m: softmax(x, m), (4, 5), (4, 5)))
