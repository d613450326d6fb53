"""An ONNX model in floating point, looked at for the types that it needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trigforge.building import Floats, tensor_name
from trigforge.errors import ModelFileError
from trigforge.foreign_files import reading, reason
from trigforge.frontends.qonnx.constants import Array
from trigforge.frontends.qonnx.elementwise import FUNCTIONS
from trigforge.frontends.qonnx.endings import without_endings
from trigforge.frontends.qonnx.framework import onnx
from trigforge.frontends.qonnx.handlers import QUANTIZERS
from trigforge.frontends.qonnx.running import run_single
from trigforge.frontends.qonnx.spelling_out import spelt_out
from trigforge.frontends.qonnx.typed import known_constants, layer_names, normalizing, weight_at, weights_of
from trigforge.frontends.survey import (
    FloatModel,
    Place,
    Span,
    Step,
    Watched,
    blocks,
    input_spans,
    results,
    untyped_inputs,
)

_GROWING = frozenset(
    "Gemm MatMul Conv Einsum BatchNormalization Mul Div ReduceMean ReduceSum AveragePool GlobalAveragePool Pow "
    "LeakyRelu PRelu".split()
)
_WAITING = frozenset("Relu Clip BatchNormalization".split())
_ADDING = ("Add", "Sub", "Mul", "Div")


def survey(model: Any, readable: Any = None) -> FloatModel:
    """An ``onnx.ModelProto`` as a ``FloatModel``; ``readable`` is what is read in its place, if another thing is.

    Raises ``ModelFileError`` for a model whose parts contradict each other.
    """
    with reading(lambda error: ModelFileError(f"the ONNX model contradicts itself ({reason(error)}); export it again")):
        return _survey(model, readable)


def _survey(model: Any, readable: Any) -> FloatModel:
    whole, (model, left_out) = model, without_endings(model)
    model = spelt_out(model)
    constants = known_constants(model)
    nodes = [
        (node, name)
        for node, name in zip(model.graph.node, layer_names(model.graph), strict=True)
        if not all(output in constants for output in node.output)
    ]
    steps = [_step(node, name, constants) for node, name in nodes]
    outputs = [entry.name for entry in model.graph.output]
    wanted = set(results(steps, outputs))
    given = [entry for entry in model.graph.input if entry.name not in constants]
    names = {entry.name: tensor_name(entry.name) for entry in given}
    places = [Place(name, "type") for name in untyped_inputs(steps, {own: name for name, own in names.items()})]
    weights: dict[Place, Floats] = {}
    for node, name in nodes:
        own = _weights(node, constants)
        weights.update({Place(name, part): values for part, values in own.items()})
        places += [Place(name, part) for part in own]
        if name in wanted:
            places.append(Place(name, "result"))
    made = {name: node for node, name in nodes}
    return FloatModel(
        whole if readable is None else readable,
        "ONNX",
        {names[entry.name]: tuple(int(d.dim_value) for d in entry.type.tensor_type.shape.dim)[1:] for entry in given},
        places,
        weights,
        [left_out[name][1].lower() if name in left_out else "" for name in outputs],
        _watching(model, places, made, {own: name for name, own in names.items()}),
    )


def _step(node: Any, name: str, constants: Mapping[str, Array]) -> Step:
    takes = tuple(operand for operand in node.input if operand and operand not in constants)
    fixed = node.op_type in _ADDING and len(takes) < len(node.input)
    return Step(
        name,
        takes,
        tuple(node.output),
        grows=node.op_type in _GROWING,
        waits=node.op_type in _WAITING or fixed,
        table=node.op_type in FUNCTIONS,
        quantizes=node.op_type in QUANTIZERS,
    )


def _weights(node: Any, constants: Mapping[str, Array]) -> dict[str, Floats]:
    """The constants of a node that have types, by part; those of nodes behind quantizers have theirs."""
    if node.op_type == "BatchNormalization":
        return dict(zip(("weight", "bias"), normalizing(node, constants), strict=True))
    places = weights_of(node, constants)
    return {part: weight_at(node, place, constants) for part, place in places.items()}


def _watching(model: Any, places: Sequence[Place], made: Mapping[str, Any], inputs: Mapping[str, str]) -> Any:
    watched = {place: made[place.name] for place in places if place.part == "result"}
    outputs = [entry.name for entry in model.graph.output]
    copy = onnx().ModelProto()
    copy.CopyFrom(model)
    for name in sorted({node.output[0] for node in watched.values()} - {*outputs}):
        copy.graph.output.append(onnx().helper.make_tensor_value_info(name, onnx().TensorProto.FLOAT, None))
    own = {name: tensor for tensor, name in inputs.items()}

    def watch(events: Mapping[str, Floats]) -> Watched:
        spans: dict[Place, Span] = {}
        parts: list[list[Floats]] = []
        for block in blocks(events):
            given = {own[name]: values for name, values in block.items()}
            found = run_single(copy, given, [entry.name for entry in copy.graph.output])
            parts.append([found[name] for name in outputs])
            for place, node in watched.items():
                spans[place] = Span.of(found[node.output[0]], None).joined(spans.get(place))
        return [np.concatenate(part) for part in zip(*parts, strict=True)], {**input_spans(places, events), **spans}

    return watch
