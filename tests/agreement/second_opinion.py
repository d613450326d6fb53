"""The second opinion on HGQ2 models: hls4ml 1.3.0's own Keras front-end, its inference of types, its C simulation.

Three ways to the same outputs, each from the model alone: ``by_trigforge`` (our front-end, the reference emulator),
``by_hls4ml`` and ``by_keras`` (the model itself, in float64). Host values go in and values come out, all float64 of
shape ``(events, *shape)``, one array for each input or output, every value exact: compare with ``==``.

hls4ml's inference (``BitExact``) chooses every type, those of the inputs too; a precision given for an input is
overwritten. An input gets the bits that the quantizers behind it can use, so that host values are quantized as Keras
does it, but for the cases that ``docs/second_opinion.md`` names. The default precision is one bit: a tensor that the
inference forgets cannot agree by luck.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hls4ml
import keras
import numpy as np
import numpy.typing as npt
from hls4ml.converters.keras_v3 import layer_handlers
from hls4ml.converters.keras_v3.hgq2._base import QLayerHandler
from hls4ml.model.optimizer.passes.bit_exact import _produce_kif, get_output_shape
from hls4ml.model.optimizer.passes.hgq_proxy_model import FixedPointQuantizer

from tests.frontends.hgq_support import float64, in_float64
from trigforge.emulator import random_stimuli, run
from trigforge.graph import FixedPointGraph

Values = npt.NDArray[np.float64]

PROJECT = "second"
DOUBLE_BITS = 53
HOST_FRACTION_BITS = 20


class SumHandler(QLayerHandler):
    """``QSum`` and ``QMeanPow2``, which hls4ml 1.3.0 does not read: a contraction with a kernel of equal numbers."""

    handles = ("hgq.layers.ops.accum.QSum", "hgq.layers.ops.accum.QMeanPow2")

    def handle(self, layer: Any, in_tensors: Any, out_tensors: Any) -> dict[str, Any]:
        shape = tuple(in_tensors[0].shape[1:])
        summed = [axis - 1 for axis in layer.axes]
        letters = "abcdefgh"[: len(shape)]
        contracted = [letters[axis] for axis in summed]
        # Axes of length 1, of summed axes that are kept and of a sum over everything, are free axes of the kernel.
        ones = len(summed) if layer.keepdims else int(len(summed) == len(shape))
        fresh = list("stuvwxyz"[:ones])
        if layer.keepdims:
            renamed = dict(zip(contracted, fresh, strict=True))
            kept = [renamed.get(letter, letter) for letter in letters]
        else:
            kept = [letter for letter in letters if letter not in contracted] + fresh
        return {
            "class_name": "EinsumDense",
            "equation": f"{letters},{''.join(contracted + fresh)}->{''.join(kept)}",
            "weight_data": np.full([shape[axis] for axis in summed] + [1] * ones, layer.scale),
            "bias_data": None,
            "inp_shape": shape,
            "out_shape": tuple(out_tensors[0].shape[1:]) or (1,),
        }


# hgq2 0.2.0 has moved its attention; hls4ml 1.3.0 looks for it where it was.
for new, old in (
    ("hgq.layers.attn.mha.QMultiHeadAttention", "hgq.layers.multi_head_attention.QMultiHeadAttention"),
    ("hgq.layers.attn.linformer.QLinformerAttention", "hgq.layers.linformer_attention.QLinformerAttention"),
):
    layer_handlers[new] = layer_handlers[old]


def respelled(model: Any) -> Any:
    """The same function in words that hls4ml reads. Layers are those of ``model``, and so are their weights.

    A slice of the last axis becomes a dense layer of zeros and ones, and so does what ``QAdd`` or ``QMultiply`` does to
    an operand of one channel; a concatenation of many becomes one of two after the other.
    """
    inputs = [keras.Input(tensor.shape[1:], name=tensor.name) for tensor in model.inputs]
    known = {id(tensor): twin for tensor, twin in zip(model.inputs, inputs, strict=True)}
    for operation in model.operations:
        (node,) = operation._inbound_nodes
        if not node.is_input:
            args, kwargs = node.arguments.fill_in(known)
            known[id(node.outputs[0])] = _respelled_call(operation, args, kwargs)
    return keras.Model(inputs, [known[id(tensor)] for tensor in model.outputs], name=f"{model.name}_respelled")


def _respelled_call(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    match type(operation).__name__, args:
        case "GetItem", (x, (builtins.Ellipsis, builtins.slice() as part)):
            return _dense(x, np.eye(x.shape[-1])[:, part])
        case "Concatenate", ([first, *rest],) if len(rest) > 1:
            for number, operand in enumerate(rest):
                name = f"{operation.name}_{number}"
                first = keras.layers.Concatenate(axis=operation.axis, name=name)([first, operand])
            return first
        case "QAdd" | "QMultiply", (operands,):
            channels = max(operand.shape[-1] for operand in operands)
            wide = [x if x.shape[-1] == channels else _dense(x, np.ones((1, channels))) for x in operands]
            return operation(wide, **kwargs)
        case _:
            return operation(*args, **kwargs)


def _dense(x: Any, kernel: Values) -> Any:
    """A matrix product with constants over the last axis, exact in Keras as in hls4ml."""
    axes = "abcdefgh"[: len(x.shape) - 1]
    equation = f"z{axes},{axes[-1]}y->z{axes[:-1]}y"
    layer = keras.layers.EinsumDense(equation, (*x.shape[1:-1], kernel.shape[1]))
    y = layer(x)
    layer.set_weights([kernel])
    return y


def on_grid(graph: FixedPointGraph, count: int, seed: int = 0) -> list[Values]:
    """Host values for every input from the whole range of its type, all corners among them."""
    stimuli = random_stimuli(graph, count, seed)
    return [np.ldexp(stimuli[tensor.name].astype(np.float64), tensor.interval.hull.lsb) for tensor in graph.inputs]


def off_grid(graph: FixedPointGraph, count: int, seed: int = 0) -> list[Values]:
    """Host values between and beyond those of each input's type."""
    rng = np.random.default_rng(seed)
    events: list[Values] = []
    for tensor in graph.inputs:
        spread = 2.0 ** (tensor.interval.hull.integer_bits - 1)
        fine = np.floor(np.ldexp(rng.normal(size=(count, *tensor.shape)) * spread, HOST_FRACTION_BITS))
        events.append(np.ldexp(fine, -HOST_FRACTION_BITS))
    return events


def by_trigforge(graph: FixedPointGraph, events: Sequence[Values]) -> list[Values]:
    """The reference emulator's outputs."""
    mantissas = {tensor.name: tensor.encode(host) for tensor, host in zip(graph.inputs, events, strict=True)}
    found = run(graph, mantissas).outputs
    outputs: list[Values] = []
    for name in graph.outputs:
        hull = graph.tensors[name].hull
        assert hull.width <= DOUBLE_BITS
        outputs.append(np.ldexp(found[name].astype(np.float64), hull.lsb))
    return outputs


def by_keras(model: Any, events: Sequence[Values]) -> list[Values]:
    """The outputs of the model with every layer and quantizer in float64."""
    with float64():
        double = in_float64(model)
        outputs = double(keras.tree.pack_sequence_as(double.input, list(events)))
    return [np.asarray(output, np.float64) for output in keras.tree.flatten(outputs)]


def by_hls4ml(model: Any, events: Sequence[Values], folder: Path) -> list[Values]:
    """The outputs of hls4ml's C simulation, compiled in ``folder``."""
    converted = convert(model, folder)
    for tensor in (*converted.get_input_variables(), *converted.get_output_variables()):
        assert tensor.type.precision.width <= DOUBLE_BITS
    compile_csim(converted, folder)
    arrays = [np.ascontiguousarray(host) for host in events]
    found = converted.predict(arrays[0] if len(arrays) == 1 else arrays)
    outputs = [found] if isinstance(found, np.ndarray) else found
    return [
        output.reshape(len(arrays[0]), *tensor.shape[1:]) for output, tensor in zip(outputs, model.outputs, strict=True)
    ]


def convert(model: Any, folder: Path) -> Any:
    """hls4ml's ``ModelGraph`` of the model."""
    return hls4ml.converters.convert_from_keras_model(
        model,
        output_dir=str(folder),
        project_name=PROJECT,
        backend="Vitis",
        io_type="io_parallel",
        hls_config={"Model": {"Precision": "ap_fixed<1,0>", "ReuseFactor": 1}},
        allow_da_fallback=False,
        allow_v2_fallback=False,
    )


@contextmanager
def saturation_as_trained() -> Iterator[None]:
    """Inside, hls4ml's inference leaves the types of saturating quantizers as they are.

    Outside, it takes away bits that the quantizer's input lacks, and with them moves the ends of the range.
    """
    original = _produce_kif.dispatch(FixedPointQuantizer)

    def produce(layer: Any) -> Any:
        if layer.SAT not in ("SAT", "SAT_SYM"):
            return original(layer)
        layer.mask_kbi = tuple(np.where(layer.mask_kbi[1] > 0, part, 0) for part in layer.mask_kbi)
        k, width, integer = (np.broadcast_to(part[0], get_output_shape(layer)) for part in layer.mask_kbi)
        return k.astype(np.int16), (integer - k).astype(np.int16), (width - integer).astype(np.int16)

    _produce_kif.register(FixedPointQuantizer, produce)
    try:
        yield
    finally:
        _produce_kif.register(FixedPointQuantizer, original)


def compile_csim(converted: Any, folder: Path) -> None:
    """Write the project and compile its C simulation: at -O0 it is 60 times slower, at -O3 it compiles for longer."""
    # Kept, the model would be saved beside the project.
    converted.config.config.pop("KerasModel")
    converted.write()
    script = folder / "build_lib.sh"
    text = script.read_text(encoding="utf-8")
    for theirs, ours in (("-O3", "-O1"), ("-std=c++23", "-std=c++14")):
        assert theirs in text
        text = text.replace(theirs, ours)
    script.write_text(text, encoding="utf-8")
    converted._compile()
