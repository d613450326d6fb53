"""Attention layers of torch and Brevitas in steps whose first axis is that of the events, as exporters need them."""

from functools import cache
from typing import Any

from trigforge.errors import UnsupportedModelError
from trigforge.frontends.brevitas.framework import package

_KINDS = ("MultiheadAttention", "QuantMultiheadAttention")
_QUANTIZERS = ("q_scaled_quant", "k_transposed_quant", "softmax_input_quant", "attn_output_weights_quant", "v_quant")


def attention_in_steps(module: Any) -> None:
    """Put the steps of every ``torch.nn.MultiheadAttention``, and of Brevitas' with its quantizers, in its place.

    Both turn the sequence to the front, so that an export holds the number of events. Raises
    ``UnsupportedModelError``, by layer, for what such steps do not compute.
    """
    parts = [(name, part) for name, part in module.named_modules() if type(part).__name__ in _KINDS]
    faults = [f"layer {name!r}: {fault}" for name, part in parts for fault in _faults(part)]
    if faults:
        raise UnsupportedModelError(f"the torch module {type(module).__name__} cannot be read: {'; '.join(faults)}")
    for name, part in parts:
        above, _, own = name.rpartition(".")
        setattr(module.get_submodule(above), own, _steps()(part))


def _faults(part: Any) -> list[str]:
    found = {
        "takes the events on its second axis; build it with batch_first=True": not part.batch_first,
        "adds a key and a value of its own; build it with add_bias_kv=False": part.bias_k is not None,
        "adds a key of zeros; build it with add_zero_attn=False": part.add_zero_attn,
    }
    return [fault for fault, given in found.items() if given]


@cache
def _steps() -> Any:
    torch: Any = package("torch")

    class Steps(torch.nn.Module):  # pyright: ignore[reportUntypedBaseClass]
        """The steps of one attention layer; quantizers that it has not change nothing."""

        def __init__(self, part: Any) -> None:
            parent: Any = super()
            parent.__init__()
            self.heads, self.out_proj = part.num_heads, part.out_proj
            self.in_proj = getattr(part, "in_proj", None)
            if self.in_proj is None:
                self.query, self.key, self.value = _projections(torch, part)
            self.softmax = torch.nn.Softmax(dim=-1)
            for name in _QUANTIZERS:
                setattr(self, name, getattr(part, name, None) or torch.nn.Identity())

        def forward(self, query: Any, key: Any, value: Any, need_weights: bool = True, **masks: Any) -> Any:
            """The result, and nothing in the place of the weights."""
            given = [name for name, mask in masks.items() if mask is not None and mask is not False]
            if given and given != ["average_attn_weights"]:
                raise ValueError(f"attention with {given[0]} is not read; call it without")
            if self.in_proj is not None:
                q, k, v = self.in_proj(query).chunk(3, dim=-1)
            else:
                q, k, v = self.query(query), self.key(key), self.value(value)
            q, k, v = (self._by_head(x) for x in (q, k, v))
            scaled = self.q_scaled_quant(q / q.shape[-1] ** 0.5)
            scores = self.softmax_input_quant(torch.matmul(scaled, self.k_transposed_quant(k.transpose(-2, -1))))
            weights = self.attn_output_weights_quant(self.softmax(scores))
            mixed = torch.matmul(weights, self.v_quant(v)).transpose(1, 2)
            return self.out_proj(mixed.reshape(*mixed.shape[:2], -1)), None

        def _by_head(self, x: Any) -> Any:
            return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)

    return Steps


def _projections(torch: Any, part: Any) -> list[Any]:
    """Three layers for query, key and value: Brevitas' own, or those that torch holds as matrices."""
    own = [getattr(part, f"{name}_proj", None) for name in "qkv"]
    if None not in own:
        return own
    packed = part.in_proj_weight is not None
    weights = part.in_proj_weight.chunk(3) if packed else [getattr(part, f"{name}_proj_weight") for name in "qkv"]
    biases = [None] * 3 if part.in_proj_bias is None else part.in_proj_bias.chunk(3)
    made: list[Any] = []
    for weight, bias in zip(weights, biases, strict=True):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
        linear.weight.data = weight.detach().clone()
        if bias is not None:
            linear.bias.data = bias.detach().clone()
        made.append(linear)
    return made
