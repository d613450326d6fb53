"""The comparison of a graph that holds approximations with its model: each layer from the model's own values before it.

So an approximation explains the difference that it makes itself, up to its bound, and none behind it: from a quantizer
on, the graph computes with what the model found there, and has to give the same.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from trigforge.building import Floats
from trigforge.emulator import ops
from trigforge.errors import FrameworkMismatch
from trigforge.fixed import Interval, Overflow
from trigforge.frontends import FrameworkModel
from trigforge.graph import Approximation, FixedPointGraph, Mantissas
from trigforge.graph.infer import infer_outputs
from trigforge.graph.ops import (
    Add,
    Concat,
    Einsum,
    Linear,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Op,
    Rearrangement,
    Relu,
    Requantize,
    Shift,
    Sub,
    Weighted,
)

NOTHING = Fraction(0)


def check_layers(
    graph: FixedPointGraph,
    model: FrameworkModel,
    events: Mapping[str, Floats],
    mantissas: Mapping[str, Mantissas],
) -> None:
    """Return if every layer, and every output, of ``model`` is what ``graph`` gives, but for its approximations.

    ``graph`` is not optimized. Raises ``FrameworkMismatch`` for the first layer that is further away than they allow.
    """
    found = {tensor: (layer, values) for layer, tensor, values in model.layers(events)}
    outputs = dict(zip(graph.outputs, model.outputs(events, precise=True), strict=True))
    count = max(map(len, mantissas.values()))
    intervals, own = graph.tensors, {entry.tensor: entry for entry in graph.approximations}
    known = {name: np.broadcast_to(part, (count, *part.shape[1:])) for name, part in mantissas.items()}
    errors = dict.fromkeys(known, NOTHING)
    for node in graph.nodes:
        operands = [ops.Values(known[name], intervals[name]) for name in node.operands]
        values = ops.evaluate(node.op, operands, intervals[node.name], count)
        seen, place = [operand.interval for operand in operands], Fraction(2) ** intervals[node.name].hull.lsb
        error = spread(node.op, [errors[name] for name in node.operands], seen, intervals[node.name])
        entry = own.get(node.name)
        error += entry.units * place if entry else 0
        if node.name in outputs:
            _compare(graph, f"output {node.name!r}", values, outputs[node.name], place, error)
        if node.name in found:
            layer, theirs = found[node.name]
            _compare(graph, f"layer {layer!r}", values, theirs, place, error)
            if entry and entry.operand and not errors[entry.operand]:
                _count(graph, entry, known[entry.operand], values != theirs.reshape(values.shape) / float(place))
            values, error = _taken(values, theirs, place, error)
        known[node.name], errors[node.name] = values, error


def _compare(
    graph: FixedPointGraph, where: str, values: Mantissas, theirs: Floats, place: Fraction, error: Fraction
) -> None:
    """``FrameworkMismatch`` for values that are further away than ``error``, or than float64 tells."""
    scaled = theirs.reshape(values.shape) / float(place)
    away = np.abs(scaled - values)
    allowed = float(error / place) + (np.abs(scaled) * 2.0**-50 if error else 0.0)
    wrong = ~(away <= allowed)
    if not wrong.any():
        return
    event, *element = np.argwhere(wrong)[0].tolist()
    ours, own = (float(part[(event, *element)]) * float(place) for part in (values, scaled))
    raise FrameworkMismatch(
        f"model {graph.name!r} and its graph differ in {int(wrong.sum())} of {wrong.size} values of {where} by more "
        f"than the {float(error / place):g} units in the last place that its approximations explain, first in element "
        f"{element}: the model gives {own:g}, the graph {ours:g}; this is a fault of trigforge, please report it with "
        "the model (check=False reads it all the same)"
    )


def _count(graph: FixedPointGraph, entry: Approximation, operand: Mantissas, wrong: npt.NDArray[np.bool_]) -> None:
    """``FrameworkMismatch`` for a quantizer that is wrong at more values of its operand than were counted."""
    elements = np.nonzero(wrong.reshape(len(wrong), -1))[1]
    found = len(set(zip(elements.tolist(), operand[wrong].tolist(), strict=True)))
    if found > entry.differing:
        raise FrameworkMismatch(
            f"model {graph.name!r} and its graph differ in layer {entry.layer!r} at {found:,} values of its operand, "
            f"of which its approximation explains {entry.differing:,}; this is a fault of trigforge, please report it "
            "with the model (check=False reads it all the same)"
        )


def _taken(values: Mantissas, theirs: Floats, place: Fraction, error: Fraction) -> tuple[Mantissas, Fraction]:
    """The model's own values, where the tensor can hold them; else those of the graph, and their error."""
    scaled = theirs.reshape(values.shape) / float(place)
    whole = np.rint(scaled)
    return (whole.astype(np.int64), NOTHING) if bool((whole == scaled).all()) else (values, error)


def spread(op: Op, errors: Sequence[Fraction], operands: Sequence[Interval], result: Interval) -> Fraction:
    """The largest error of a result of which the operands have these errors."""
    if not any(errors):
        return NOTHING
    match op:
        case Weighted():
            return _of_linear(op, errors, operands) - _of_linear(op, [NOTHING], operands)
        case Linear() | Add() | Sub() | Shift():
            return _of_linear(op, errors, operands)
        case Rearrangement() | Concat() | Relu() | Max() | Min() | Maximum() | Minimum():
            return max(errors)
        case Requantize(types, _, overflow) if overflow is not Overflow.WRAP:
            step = Fraction(2) ** int(types.lsb.max())
            return (max(errors) // step + 1) * step
        case Mul() | Einsum():
            wider = [_around(_size(x) + error, x.shape) for x, error in zip(operands, errors, strict=True)]
            plain = [_around(_size(x), x.shape) for x in operands]
            return _size(infer_outputs(op, wider)[0]) - _size(infer_outputs(op, plain)[0])
        case _:
            return 2 * _size(result)


def _of_linear(op: Op, errors: Sequence[Fraction], operands: Sequence[Interval]) -> Fraction:
    """The largest result of numbers of the sizes ``errors``."""
    sizes = [_around(error, x.shape) for x, error in zip(operands, errors, strict=True)]
    return _size(infer_outputs(op, sizes)[0])


def _around(size: Fraction, shape: tuple[int, ...]) -> Interval:
    """All numbers up to ``size`` on both sides of 0; its denominator is a power of two."""
    lsb = 1 - size.denominator.bit_length()
    ends = np.full(shape, size.numerator, dtype=object)
    return Interval.of(-ends, ends, lsb)


def _size(x: Interval) -> Fraction:
    """The largest size of all elements."""
    lo, hi = x.at(x.hull_lsb)
    most = max((abs(int(n)) for n in (*np.ravel(lo).tolist(), *np.ravel(hi).tolist())), default=0)
    return most * Fraction(2) ** x.hull_lsb
