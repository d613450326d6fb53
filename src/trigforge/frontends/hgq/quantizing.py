"""The quantizers that HGQ2 puts before and behind its layers."""

from typing import Any

from trigforge.building import Quantization, Tensor, quantize
from trigforge.frontends.hgq.quantizers import read_quantizer, rounder
from trigforge.frontends.keras.call import Call, Handler


def quantization(call: Call, quantizer: Any, shape: tuple[int, ...]) -> Quantization | None:
    """The effect of ``quantizer`` on a tensor of ``shape``; None for one that does nothing."""
    seen = int(call.layer.ebops) > 0 if getattr(call.layer, "enable_ebops", False) else _has_seen_data(call.model)
    return read_quantizer(quantizer, shape, calibrated=seen)


def through(call: Call, quantizer: Any, x: Tensor, name: str) -> Tensor:
    """``x`` through a quantizer of the layer, by whose own arithmetic tables are rounded."""
    return quantize(x, quantization(call, quantizer, x.shape), name, rounder(quantizer, call.dtype))


def _has_seen_data(model: Any) -> bool:
    """True where training or ``trace_minmax`` has run: both count EBOPs."""
    layers = [layer for layer in model._flatten_layers(include_self=False) if layer.built]
    return any(int(layer.ebops) > 0 for layer in layers if getattr(layer, "enable_ebops", False))


def inputs_quantized(call: Call) -> list[Tensor]:
    """Every tensor of the call through its own input quantizer, where the layer has them."""
    if not getattr(call.layer, "enable_iq", False):
        return call.tensors
    own: Any = call.layer.iq
    several = not hasattr(own, "q_type")  # a layer of several operands has a list of quantizers
    quantizers: list[Any] = [*own] if several else [own]
    return [
        through(call, quantizer, x, f"iq{n}" if several else "iq")
        for n, (quantizer, x) in enumerate(zip(quantizers, call.tensors, strict=True))
    ]


def input_quantized(call: Call) -> Tensor:
    """The one tensor of the call through the layer's input quantizer, if it has one."""
    return inputs_quantized(call.on(call.x))[0]


def output_quantized(call: Call, x: Tensor) -> Tensor:
    """``x`` through the layer's output quantizer, if it has one."""
    if not getattr(call.layer, "enable_oq", False):
        return x
    return through(call, call.layer.oq, x, "oq")


def quantized(handler: Handler) -> Handler:
    """The handler of a layer of Keras between the quantizers that HGQ2 adds to it."""
    return lambda call: output_quantized(call, handler(call.on(*inputs_quantized(call))))


def lower_quantizer(call: Call) -> Tensor:
    """A stand-alone ``Quantizer``."""
    return through(call, call.layer, call.x, "quantizer")
