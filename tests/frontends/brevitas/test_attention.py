"""Attention of torch and Brevitas: steps that compute what the layer does, read with types; refusals by layer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import brevitas.nn as qnn
import pytest
import torch
from brevitas.quant import Int8ActPerTensorFixedPoint as Signed
from brevitas.quant import Int8WeightPerTensorFixedPoint as Weights
from brevitas.quant import Uint8ActPerTensorFixedPoint as Unsigned
from torch import nn

import trigforge
from trigforge.building import LayerTypes, ModelTypes, Quantization
from trigforge.errors import UnsupportedModelError
from trigforge.frontends import brevitas
from trigforge.frontends.brevitas.attention import attention_in_steps, functions_in_steps

OWN = {"exp": "ap_ufixed<6,1>", "sum": "ap_ufixed<7,3>", "inverse": "ap_ufixed<7,1>"}
Forward = Callable[..., Any]


class Called(nn.Module):
    """Layers, and what ``forward`` does with them."""

    def __init__(self, forward: Forward, **parts: nn.Module) -> None:
        super().__init__()
        self.called = forward
        for name, part in parts.items():
            self.add_module(name, part)

    def forward(self, *events: torch.Tensor) -> Any:
        return self.called(self, *events)


def attention(width: int = 4, heads: int = 2, **options: Any) -> nn.Module:
    """A layer of torch whose biases are not 0."""
    layer = nn.MultiheadAttention(width, heads, batch_first=True, **options)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.randn(weight.shape) * 0.6)
    return layer


def quantized(packed: bool, **options: Any) -> nn.Module:
    """Brevitas' layer with a quantizer in every place."""
    kinds: dict[str, Any] = dict.fromkeys(
        ("softmax_input_quant", "q_scaled_quant", "k_transposed_quant", "v_quant", "out_proj_input_quant"), Signed
    )
    kinds |= {"out_proj_output_quant": Signed, "attn_output_weights_quant": Unsigned}
    kinds |= dict.fromkeys(("in_proj_weight_quant", "out_proj_weight_quant"), Weights)
    kinds |= dict.fromkeys(("in_proj_input_quant", "in_proj_bias_quant", "out_proj_bias_quant"))
    return qnn.QuantMultiheadAttention(
        4,
        2,
        batch_first=True,
        bias=False,
        packed_in_proj=packed,
        **kinds,
        **options,
    )


def to_itself(module: Any, x: torch.Tensor) -> Any:
    return module.layer(x, x, x)[0]


def to_another(module: Any, x: torch.Tensor, y: torch.Tensor) -> Any:
    return module.layer(x, y, y)[0]


def of_both(module: Any, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> Any:
    return module.layer(x, y, z, average_attn_weights=False)


CAUSAL = torch.ones(3, 3).triu(1).bool()
"""True where a query does not see a key"""
LATER = torch.zeros(3, 3).masked_fill(CAUSAL, float("-inf"))
"""the same, as what is added to scores"""
NEARER = LATER + torch.tensor([[0.0, 0.0, 0.0], [0.5, -0.25, 0.0], [1.0, 0.0, 0.25]])
"""a mask of both kinds of numbers"""
product = nn.functional.scaled_dot_product_attention


def padded(x: torch.Tensor) -> torch.Tensor:
    """True for all keys but the first that are absent in an event."""
    return (x[..., 0] > 0.4) & torch.tensor([False, True, True])


MASKED: dict[str, tuple[Forward, Callable[[], nn.Module]]] = {
    "causal": (lambda m, x: m.layer(x, x, x, attn_mask=CAUSAL, is_causal=True)[0], attention),
    "added": (lambda m, x: m.layer(x, x, x, attn_mask=LATER.to(x.dtype), need_weights=False)[0], attention),
    "added, other numbers too": (lambda m, x: m.layer(x, x, x, attn_mask=NEARER.to(x.dtype))[0], attention),
    "padded": (lambda m, x: m.layer(x, x, x, padded(x))[0], attention),
    "padded and causal": (lambda m, x: m.layer(x, x, x, padded(x), attn_mask=CAUSAL)[0], attention),
    "quantized, causal": (lambda m, x: m.layer(x, x, x, attn_mask=CAUSAL)[0], lambda: quantized(True)),
    "quantized, padded": (lambda m, x: m.layer(x, x, x, padded(x))[0], lambda: quantized(False)),
    "product, causal": (lambda _, x: product(x, x, x, is_causal=True), nn.Identity),
    "product": (lambda _, x: product(x, x, x, attn_mask=~CAUSAL), nn.Identity),
    "product, added": (lambda _, x: product(x, x, x, attn_mask=NEARER.to(x.dtype)), nn.Identity),
    "product, padded": (lambda _, x: product(x, x, x, attn_mask=~padded(x)[:, None]), nn.Identity),
}


def masked(name: str) -> Called:
    """A module that attends with a mask, calibrated without."""
    forward, layer = MASKED[name]
    module = Called(to_itself if "product" not in name else forward, layer=layer())
    for _ in range(3):
        module(torch.randn(16, 3, 4))
    module.called = forward
    return module.eval()


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(3)


def names(module: nn.Module, shapes: list[tuple[int, ...]]) -> set[str]:
    """The layers of what is read, with a type for each place that a survey finds, after it was compared."""
    found = brevitas.survey(module.eval(), shapes)
    inputs: dict[str, Quantization] = {}
    layers: dict[str, dict[str, str | list[str]]] = {}
    for place in found.places:
        if place.part == "type":
            inputs[place.name] = Quantization.parse("ap_fixed<6,3>")
        else:
            own = OWN.get(place.name.rpartition(".")[2], "ap_fixed<8,3>")
            layers.setdefault(place.name, {})[place.part] = own
    types = ModelTypes(inputs, {name: LayerTypes.of(parts) for name, parts in layers.items()})
    return {layer.name for layer in trigforge.read(found.readable, types=types).layers}


CASES: dict[str, tuple[Forward, Callable[[], nn.Module], list[tuple[int, ...]]]] = {
    "self": (to_itself, attention, [(3, 4)]),
    "one head, no bias": (to_itself, lambda: attention(heads=1, bias=False), [(3, 4)]),
    "cross": (to_another, lambda: attention(kdim=3, vdim=3), [(3, 4), (5, 3)]),
    "key and value": (of_both, lambda: attention(kdim=2, vdim=3, bias=False), [(3, 4), (5, 2), (5, 3)]),
    "packed": (to_itself, lambda: quantized(True), [(3, 4)]),
    "quantized cross": (to_another, lambda: quantized(False), [(3, 4), (5, 4)]),
}


@pytest.mark.parametrize("name", CASES)
def test_steps_compute_what_the_layer_does(name: str) -> None:
    """Floats against floats, so within their rounding: Brevitas' steps on a grid, torch's nearly."""
    forward, layer, shapes = CASES[name]
    module = Called(forward, layer=layer())
    for _ in range(3):
        module(*(torch.randn(16, *shape) for shape in shapes))
    events = [torch.randn(50, *shape, dtype=torch.float64) for shape in shapes]
    module = module.eval().double()
    with torch.no_grad():
        expected, found = module(*events), attention_in_steps(copy.deepcopy(module))(*events)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["self", "packed"])
def test_attention_is_read_with_types(name: str) -> None:
    forward, layer, shapes = CASES[name]
    module = Called(forward, layer=layer())
    for _ in range(3):
        module(*(torch.randn(16, *shape) for shape in shapes))
    assert names(module, shapes) >= {"layer.softmax.exp", "layer.softmax.inverse", "layer.softmax", "layer.out_proj"}


@pytest.mark.parametrize("name", MASKED)
def test_masked_steps_compute_what_the_layer_does(name: str) -> None:
    module, events = masked(name).double(), torch.randn(50, 3, 4, dtype=torch.float64)
    with torch.no_grad():
        expected = module(events)
        with functions_in_steps():
            found = attention_in_steps(copy.deepcopy(module))(events)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", MASKED)
def test_a_mask_is_read_with_types(name: str) -> None:
    """Compared with what the packages of ONNX compute, where minus infinity is a number."""
    read = names(masked(name), [(3, 4)])
    quantizes = "quantized" in name
    assert ("layer.softmax_input_quant.masked" in read) == quantizes
    assert any(part.endswith("softmax.kept") for part in read) != quantizes


def test_an_encoder_of_torch_is_read_but_for_its_norms() -> None:
    """Its fast path is left for its layers, and is back afterwards."""
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), 1)
    with pytest.raises(UnsupportedModelError, match=r"'layers\.0\.norm1' \(LayerNormalization\).*batch normalization"):
        names(encoder, [(3, 4)])
    assert torch.backends.mha.get_fastpath_enabled()
    layer: Any = encoder.layers[0]
    layer.norm1 = layer.norm2 = nn.Identity()
    assert "layers.0.self_attn.softmax" in names(encoder, [(3, 4)])


def test_a_layer_used_twice_and_by_two_names() -> None:
    layer = attention()

    def forward(module: Any, x: torch.Tensor) -> Any:
        x = x + module.one(x, x, x)[0]
        return module.two(x, x, x)[0].mean(1)

    module = Called(forward, one=layer, two=layer)
    assert not [part for part in attention_in_steps(copy.deepcopy(module)).modules() if "Multihead" in str(type(part))]
    assert {"one.softmax.exp", "two.softmax.exp"} <= names(module, [(3, 4)])


def test_a_learned_query_and_a_product_that_forward_attends_by() -> None:
    class Pooled(nn.Module):
        """Attention of one learned query, behind ``scaled_dot_product_attention``."""

        def __init__(self) -> None:
            super().__init__()
            self.query, self.layer = nn.Parameter(torch.randn(1, 1, 4)), attention()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = nn.functional.scaled_dot_product_attention(x, x, x, scale=0.3)
            return self.layer(self.query.expand(x.shape[0], -1, -1), x, x)[0][:, 0]

    assert {"layer.softmax.exp", "softmax.exp"} <= names(Pooled(), [(3, 4)])


REFUSED: dict[str, tuple[Forward, Callable[[], nn.Module], str]] = {
    "sequence first": (to_itself, lambda: nn.MultiheadAttention(4, 2), "build it with batch_first=True"),
    "key of its own": (to_itself, lambda: attention(add_bias_kv=True), "build it with add_bias_kv=False"),
    "zeros": (to_itself, lambda: attention(add_zero_attn=True), "build it with add_zero_attn=False"),
    "mask by event": (
        lambda m, x: m.layer(x, x, x, attn_mask=torch.zeros(2 * len(x), 3, 3))[0],
        attention,
        "give attn_mask two axes, queries and keys",
    ),
    "causal alone": (lambda m, x: m.layer(x, x, x, is_causal=True)[0], attention, "give it attn_mask too"),
    "one event": (lambda m, x: m.layer(x[0], x[0], x[0])[0], attention, "takes a tensor of 2 axes"),
    "packed between tensors": (
        lambda m, x: m.layer(x, x + 1, x)[0],
        lambda: quantized(True),
        "build it with packed_in_proj=False",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_steps_do_not_compute_is_refused_by_layer(name: str) -> None:
    forward, layer, remedy = REFUSED[name]
    with pytest.raises(UnsupportedModelError) as caught:
        trigforge.read(Called(forward, layer=layer()), shapes=[(3, 4)])
    assert "layer 'layer': " in str(caught.value) and remedy in str(caught.value)


def test_groups_of_heads_are_refused() -> None:
    module = Called(lambda _, x: product(x, x, x, enable_gqa=True))
    with pytest.raises(UnsupportedModelError, match="groups of heads"):
        trigforge.read(module, shapes=[(3, 4)])


def test_a_quantizer_that_was_calibrated_with_a_mask_is_refused() -> None:
    """Minus infinity makes its scale infinite."""
    forward, layer = MASKED["quantized, causal"]
    module = Called(forward, layer=layer())
    module(torch.randn(16, 3, 4))
    with pytest.raises(
        UnsupportedModelError, match=r"'layer\.softmax_input_quant.*a scale that is no number; calibrate"
    ):
        trigforge.read(module, shapes=[(3, 4)])


def test_an_attention_without_types_names_its_softmax() -> None:
    module = Called(to_itself, layer=attention())
    with pytest.raises(UnsupportedModelError, match=r"give \[layers\.layer\.softmax\.exp\] and"):
        trigforge.read(module, shapes=[(3, 4)])
