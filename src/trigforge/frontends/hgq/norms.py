"""Our normalizations, ``trigforge.layers``."""

from typing import Any

from trigforge.building import Refusal, Tensor, batch_norm, layer_norm, rms_norm
from trigforge.fixed import FixedArray
from trigforge.frontends.hgq.quantizers import constant
from trigforge.frontends.hgq.quantizing import input_quantized, output_quantized, through
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import evaluating


def lower_layer_normalization(call: Call) -> Tensor:
    """``QLayerNormalization``."""
    return _normalized(call, layer_norm)


def lower_rms_normalization(call: Call) -> Tensor:
    """``QRMSNormalization``."""
    return _normalized(call, rms_norm)


def _normalized(call: Call, word: Any) -> Tensor:
    layer, x = call.layer, input_quantized(call)
    if x.rank < 1:
        raise Refusal("normalizes a number", "give it an axis of features")

    def distance(c: Tensor) -> Tensor:
        return through(call, layer.distance_q, c, "distance_q")

    y: Tensor = word(x, distance, layer.bits, layer.epsilon)
    if layer.normal_q is not None:
        y = through(call, layer.normal_q, y, "normal_q")
    with evaluating("its quantized scale", "correct the layer until Keras can call it"):
        kernel, bias = layer.qkernel, layer.qbias
    if kernel is None and bias is None:
        return output_quantized(call, y)
    scale = constant(kernel, layer.kq, "scale") if kernel is not None else FixedArray.of([1] * x.shape[-1])
    offset = constant(bias, layer.bq, "offset") if bias is not None else FixedArray.of([0] * x.shape[-1])
    return output_quantized(call, batch_norm(y, scale, offset))
