"""HGQ2's table layers: a small network for each edge, from one input to one output, which is looked up in a table."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

from trigforge.building import Floats, Refusal, Steps, Tensor, patches, repeated, reshape, sum_over, tables, transpose
from trigforge.frontends.hgq.quantizing import input_quantized, quantization
from trigforge.frontends.hgq.tables import activated
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import evaluating, to_numpy, to_tensor


def lower_dense_table(call: Call) -> Tensor:
    """``QDenseT``: ``activation(sum over i of table[i, o](x[..., i]))``."""
    return _dense(call, call.x)


def lower_conv_table(call: Call) -> Tensor:
    """``QConvT1D`` and ``QConvT2D``: ``QDenseT`` on what lies under the kernel."""
    layer = call.layer
    steps = Steps(tuple(layer.strides), layer.padding, tuple(layer.dilation_rate))
    return _dense(call, patches(call.x, tuple(layer.kernel_size), steps))


def _dense(call: Call, x: Tensor) -> Tensor:
    layer = call.layer

    def normalized(found: Any) -> Any:
        return layer.bn_module(found, training=False) / sqrt(layer.n_in) if layer.enable_bn else found

    looked_up = _looked_up(call, x, [int(layer.n_out)], normalized)
    return activated(call, sum_over(looked_up, [-2]), layer.activation)


def lower_einsum_dense_table(call: Call) -> Tensor:
    """``QEinsumDenseT``: tables in place of the products of an einsum."""
    layer = call.layer
    extra = [int(n) for n in layer._bcast[1][call.x.rank + 1 :]]
    looked_up = _looked_up(call, call.x, extra, layer._apply_batch_norm)
    total = sum_over(looked_up, [axis - 1 for axis in layer._contract_axes])
    order = [axis - 1 for axis in layer._output_transpose[1:]]
    return activated(call, total if order == sorted(order) else transpose(total, order), layer.activation)


def _looked_up(call: Call, x: Tensor, outputs: Sequence[int], normalized: Callable[[Any], Any]) -> Tensor:
    """The table outputs of all edges, on new last axes of the lengths ``outputs``; ``normalized`` is the batch norm."""
    layer = call.layer
    edges = reshape(x, (*x.shape, *(1 for _ in outputs)), "column")
    for axis, length in enumerate(outputs, x.rank):
        edges = repeated(edges, axis, length, "edges")
    edges = input_quantized(call.on(edges))
    if quantization(call, layer.toq, edges.shape) is None:
        raise Refusal("its tables have no quantizer", "give toq_conf a kif or kbi quantizer")

    # HGQ2 0.2 builds some first hidden layers for d_hl equal inputs, and feeds them one, which JAX alone broadcasts.
    copies = int(layer.module.layers[0].kernel.shape[-2]) if layer.n_hl else 1

    def function(values: Floats) -> Floats:
        with evaluating("its tables", "correct the layer until Keras can call it"):
            found = layer.module(to_tensor(np.repeat(values[..., None], copies, -1), call.dtype), training=False)
            return to_numpy(layer.toq(normalized(found), training=False))

    return tables(edges, function)
