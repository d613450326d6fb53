"""The comparison of a graph with the trained model that it was read from, run by the model's own framework."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from trigforge.emulator import run
from trigforge.errors import FrameworkMismatch
from trigforge.fixed import FixedArray
from trigforge.flow.inexact_check import check_layers
from trigforge.frontends import FrameworkModel
from trigforge.graph import Comparison, FixedPointGraph, GraphInput, InputKind
from trigforge.graph.encoding import HostUnits

_EVENTS = 1000
_MEMORY = 2**29
"""bytes that the tensors of a block of events may take, each number as a framework's widest one"""
_WIDEST = 16
_MODEL_UNITS = HostUnits(scale=FixedArray.of(1), offset=FixedArray.of(0))
Floats = npt.NDArray[np.float64]


def compare_with_framework(graph: FixedPointGraph, optimized: FixedPointGraph, model: FrameworkModel) -> Comparison:
    """Events that reach rails and rounding ties of the inputs, through ``optimized`` and ``model``, in blocks.

    The model runs in its own precision first, and where that differs, in one in which its sums are exact. Raises
    ``FrameworkMismatch``, which names the first layer at which ``graph``, not yet optimized, parts from the model.
    Registers hold their defaults, which are the model's own weights. A graph with approximations may differ by what
    these explain; the ``Comparison`` tells how much it does.
    """
    own = [tensor for tensor in graph.inputs if tensor.kind is InputKind.EVENT]
    events = {tensor.name: _drawn(tensor, seed) for seed, tensor in enumerate(own)}
    registers = graph.default_registers
    differing, largest = 0, 0.0
    for block in _blocks(graph, events):
        mantissas = {tensor.name: _encoded(tensor, block[tensor.name]) for tensor in own} | registers
        if graph.approximations:
            check_layers(graph, model, block, mantissas)
        found = run(optimized, mantissas).values(optimized)
        away = _away(optimized, model, block, found)
        if away.any() and not graph.approximations:
            raise FrameworkMismatch(_first_difference(graph, model, block, mantissas))
        differing, largest = differing + int(np.count_nonzero(away)), max(largest, float(away.max(initial=0.0)))
    return Comparison(model.framework, _EVENTS, differing, f"{largest:.3g}")


def _blocks(graph: FixedPointGraph, events: Mapping[str, Floats]) -> Iterator[dict[str, Floats]]:
    """The events a few at a time, so that all tensors of a model fit in memory."""
    numbers = sum(interval.lo.values.size for interval in graph.tensors.values())
    size = max(1, min(_EVENTS, _MEMORY // (_WIDEST * numbers)))
    for start in range(0, _EVENTS, size):
        yield {name: part[start : start + size] for name, part in events.items()}


def _away(
    optimized: FixedPointGraph, model: FrameworkModel, events: Mapping[str, Floats], found: Mapping[str, Floats]
) -> Floats:
    """The largest difference of an output in each event, in the model's own precision, or else in the other."""
    away: Floats = np.zeros(0)
    for precise in (False, True):
        expected = model.outputs(events, precise=precise)
        parts = [
            np.abs(found[name] - values.reshape(found[name].shape)).reshape(len(values), -1).max(axis=1, initial=0.0)
            for name, values in zip(optimized.outputs, expected, strict=True)
        ]
        away = np.nan_to_num(np.max(parts, axis=0), nan=np.inf)
        if not away.any():
            break
    return away


def _drawn(tensor: GraphInput, seed: int) -> Floats:
    """Host values of an input: on and off the grid of its types in eighths of the last bit, at its ends and beyond."""
    rng = np.random.default_rng(seed)
    types = tensor.types.broadcast(tensor.shape)
    lo, hi = (np.asarray(end, np.float64) for end in (types.lo, types.hi))
    span = np.maximum(hi - lo, 1.0)
    shape = (_EVENTS, *tensor.shape)
    inside = lo + span * rng.uniform(-0.1, 1.1, shape)
    steps = np.where(rng.random(shape) < 0.5, np.round(inside), np.round(inside * 8) / 8)
    ends = np.where(rng.random(shape) < 0.5, lo, hi) + rng.choice([-1.0, -0.5, 0.0, 0.5, 1.0], shape)
    mantissa = np.where(rng.random(shape) < 0.1, ends, steps)
    small = mantissa * rng.choice([1.0, 0.125], (len(mantissa),) + (1,) * len(tensor.shape))
    drawn = np.ldexp(np.round(small * 8) / 8, types.lsb) / tensor.encoding.gain.to_float()
    return drawn.astype(np.float32).astype(np.float64)


def _encoded(tensor: GraphInput, values: Floats) -> npt.NDArray[np.int64]:
    """Mantissas of values as the model takes them: a scale of the encoding stands before the model."""
    return replace(tensor, encoding=_MODEL_UNITS.on(tensor.encoding)).encode(values)


def _differs(
    graph: FixedPointGraph, name: str, mantissas: npt.NDArray[np.int64], values: Floats
) -> npt.NDArray[np.bool_]:
    scaled = np.ldexp(values.reshape(mantissas.shape), -graph.tensors[name].hull.lsb)
    return scaled != mantissas.astype(np.float64)


def _first_difference(
    graph: FixedPointGraph,
    model: FrameworkModel,
    events: Mapping[str, Floats],
    mantissas: Mapping[str, npt.NDArray[np.int64]],
) -> str:
    tensors = run(graph, mantissas, trace=True).tensors
    kinds = {layer.name: layer.kind for layer in graph.layers}
    found = f"model {graph.name!r} and its graph differ"
    for layer, tensor, values in model.layers(events):
        wrong = _differs(graph, tensor, tensors[tensor], values)
        if wrong.any():
            place = tuple(int(n) for n in np.argwhere(wrong)[0])
            ours = np.ldexp(float(tensors[tensor][place]), graph.tensors[tensor].hull.lsb)
            theirs = values.reshape(wrong.shape)[place]
            found += (
                f" in {int(wrong.sum())} of {wrong.size} values of layer {layer!r} ({kinds.get(layer, '?')}), first in "
                f"element {list(place[1:])}: {model.framework} gives {theirs}, the graph {ours}"
            )
            break
    return f"{found}; this is a fault of trigforge, please report it with the model (check=False reads it all the same)"
