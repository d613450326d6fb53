"""Attention layers of torch and Brevitas in steps whose first axis is that of the events, as exporters need them."""

from functools import cache
from typing import Any

from trigforge.errors import UnsupportedModelError
from trigforge.frontends.brevitas.framework import package

_KINDS = ("MultiheadAttention", "QuantMultiheadAttention")
_QUANTIZERS = ("q_scaled_quant", "k_transposed_quant", "softmax_input_quant", "attn_output_weights_quant", "v_quant")


def attention_in_steps(module: Any) -> Any:
    """The module with steps in the place of every ``torch.nn.MultiheadAttention``, Brevitas' with its quantizers too.

    Both turn the sequence to the front, so that an export holds the number of events. Raises
    ``UnsupportedModelError``, by layer, for what such steps do not compute; some are found when they are called.
    """
    named = module.named_modules(remove_duplicate=False)
    parts = [(name, part) for name, part in named if type(part).__name__ in _KINDS]
    faults = [f"{_where(name)}: {fault}" for name, part in parts for fault in _faults(part)]
    if faults:
        raise UnsupportedModelError(f"the torch module {type(module).__name__} cannot be read: {'; '.join(faults)}")
    made: dict[int, Any] = {}
    for name, part in parts:
        steps = made[id(part)] = made.get(id(part)) or _steps()(part, _where(name))
        if not name:
            return steps
        above, _, own = name.rpartition(".")
        setattr(module.get_submodule(above), own, steps)
    return module


def _where(name: str) -> str:
    return f"layer {name!r}" if name else "the layer itself"


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

        batch_first = True
        """an option that transformers of torch look up in their layers"""

        def __init__(self, part: Any, where: str) -> None:
            parent: Any = super()
            parent.__init__()
            self.where, self.heads, self.out_proj = where, part.num_heads, part.out_proj
            self.in_proj = getattr(part, "in_proj", None)
            if self.in_proj is None:
                self.query, self.key, self.value = _projections(torch, part)
            self.softmax = torch.nn.Softmax(dim=-1)
            for name in _QUANTIZERS:
                setattr(self, name, getattr(part, name, None) or torch.nn.Identity())

        def forward(
            self,
            query: Any,
            key: Any,
            value: Any,
            key_padding_mask: Any = None,
            need_weights: bool = True,
            attn_mask: Any = None,
            average_attn_weights: bool = True,
            is_causal: bool = False,
        ) -> Any:
            """The result, and the weights or None."""
            if attn_mask is not None and attn_mask.dim() != 2:
                found = "attends with a mask for each event and head"
                raise UnsupportedModelError(f"{self.where}: {found}; give attn_mask two axes, queries and keys")
            if is_causal and attn_mask is None:
                raise UnsupportedModelError(f"{self.where}: is called with is_causal alone; give it attn_mask too")
            if query.dim() != 3:
                axes = f"{query.dim()} axes, events among them"
                raise UnsupportedModelError(f"{self.where}: takes a tensor of {axes}; give it three")
            if self.in_proj is None:
                q, k, v = self.query(query), self.key(key), self.value(value)
            elif query is key and key is value:
                q, k, v = self.in_proj(query).chunk(3, dim=-1)
            else:
                found = "attends between tensors by one projection"
                raise UnsupportedModelError(f"{self.where}: {found}; build it with packed_in_proj=False")
            q, k, v = (self._by_head(x) for x in (q, k, v))
            scaled = self.q_scaled_quant(q / q.shape[-1] ** 0.5)
            scores = torch.matmul(scaled, self.k_transposed_quant(k.transpose(-2, -1)))
            if attn_mask is not None:
                scores = _masked(scores, attn_mask)
            if key_padding_mask is not None:
                scores = _masked(scores, key_padding_mask[:, None, None])
            scores = self.softmax_input_quant(scores)
            weights = self.attn_output_weights_quant(self.softmax(scores))
            mixed = torch.matmul(weights, self.v_quant(v)).transpose(1, 2)
            result = self.out_proj(mixed.reshape(*mixed.shape[:2], -1))
            if not need_weights:
                return result, None
            return result, weights.mean(dim=1) if average_attn_weights else weights

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


def functions_in_steps() -> Any:
    """The context in which a call of ``scaled_dot_product_attention`` is one of its steps."""
    return _spelling()()


@cache
def _spelling() -> Any:
    torch: Any = package("torch")
    spelt = torch.nn.functional.scaled_dot_product_attention

    class Spelling(torch.overrides.TorchFunctionMode):  # pyright: ignore[reportUntypedBaseClass]
        """Torch's own functions, and steps in the place of that one."""

        def __torch_function__(self, function: Any, _: Any, operands: Any = (), options: Any = None) -> Any:
            return (_attended if function is spelt else function)(*operands, **(options or {}))

    return Spelling


def _masked(scores: Any, mask: Any) -> Any:
    """Scores with minus infinity where a mask is True, or plus a mask of floats."""
    return scores + mask if mask.is_floating_point() else scores.masked_fill(mask, float("-inf"))


def _attended(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, **options: Any) -> Any:
    """The result of ``scaled_dot_product_attention`` in ``eval()``; ``dropout_p`` is for training."""
    if options.get("enable_gqa"):
        raise UnsupportedModelError(
            "scaled_dot_product_attention is called with groups of heads, which is not read; call it without"
        )
    scale = options.get("scale")
    scaled = query / query.shape[-1] ** 0.5 if scale is None else query * scale
    scores = scaled @ key.transpose(-2, -1)
    if options.get("is_causal"):
        scores = _masked(scores, scores.new_ones(scores.shape[-2:]).triu(1).bool())
    if attn_mask is not None:
        scores = _masked(scores, attn_mask if attn_mask.is_floating_point() else ~attn_mask)
    return scores.softmax(dim=-1) @ value
