"""The reference engine: NumPy int64, one small function per op; the truth for every other simulator.

Mantissas have shape ``(events, *shape)`` and stand at the scale of their tensor's hull. Nothing here rounds except
``Requantize``, and nothing wraps: a tensor or an intermediate sum of more than 63 bits is a ``WidthError``.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from trigforge.emulator import ops
from trigforge.errors import GraphError, WidthError
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, slices_of
from trigforge.graph.ops import Map, Node
from trigforge.graph.simulation import Mantissas, SimulationResult, Visit, check_range, checked_inputs

_EVENTS_AT_ONCE = 4096


def run(
    graph: FixedPointGraph,
    inputs: Mapping[str, npt.NDArray[np.int64]],
    *,
    trace: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SimulationResult:
    """Every output (with ``trace``, every tensor) for every event.

    ``inputs`` maps each graph input to mantissas ``(events, *shape)``; one event is enough for a register.
    ``progress`` is called with the number of events done since the last call. Raises ``EventsError`` for inputs that
    are missing, of the wrong shape or outside their types, ``WidthError`` where more than 63 bits are needed.
    """
    _check_widths(graph)
    arrays, events = _checked(graph, inputs)
    wanted = list(graph.tensors) if trace else list(dict.fromkeys(graph.outputs))
    parts: dict[str, list[Mantissas]] = {name: [] for name in wanted}
    for start in range(0, events, _EVENTS_AT_ONCE):
        stop = min(start + _EVENTS_AT_ONCE, events)
        known = {name: array[start:stop] for name, array in arrays.items()}
        tensors = _run_nodes(graph.nodes, known, graph.tensors, set(wanted))
        for name in wanted:
            parts[name].append(tensors[name])
        if progress is not None:
            progress(stop - start)
    merged = {name: np.concatenate(chunks) for name, chunks in parts.items()}
    outputs = {name: merged[name] for name in graph.outputs}
    return SimulationResult("reference emulator", outputs, merged if trace else {})


def watch(graph: FixedPointGraph, inputs: Mapping[str, Mantissas], visit: Visit) -> None:
    """Every node of a graph, those inside ``Map`` bodies too, on one block of events; inputs and errors as for ``run``.

    What no node needs any more is dropped, so a block takes as much memory as in ``run``.
    """
    _check_widths(graph)
    known, _ = _checked(graph, inputs)
    _run_nodes(graph.nodes, known, graph.tensors, set(), visit)


def _check_widths(graph: FixedPointGraph) -> None:
    for name, interval in graph.tensors.items():
        width = interval.hull.width
        if width > ops.MAX_BITS:
            raise WidthError(
                f"tensor {name!r} needs {width} bits, the reference emulator carries {ops.MAX_BITS}; "
                "requantize its operands to fewer bits"
            )


def _checked(graph: FixedPointGraph, inputs: Mapping[str, Mantissas]) -> tuple[dict[str, Mantissas], int]:
    """Every input, broadcast to all events, and their number."""
    arrays, events = checked_inputs({tensor.name: tensor.shape for tensor in graph.inputs}, inputs)
    for tensor, array in zip(graph.inputs, arrays, strict=True):
        check_range(tensor.name, tensor.interval, array)
    full = (np.broadcast_to(array, (events, *array.shape[1:])) for array in arrays)
    return dict(zip((tensor.name for tensor in graph.inputs), full, strict=True)), events


def _run_nodes(
    nodes: Sequence[Node],
    known: dict[str, Mantissas],
    intervals: Mapping[str, Interval],
    wanted: set[str],
    visit: Visit | None = None,
    prefix: str = "",
    slices: int = 1,
) -> dict[str, Mantissas]:
    """All wanted tensors; the others are dropped after their last use."""
    last_use = {operand: n for n, node in enumerate(nodes) for operand in node.operands}
    tensors = dict(known)
    for n, node in enumerate(nodes):
        operands = [ops.Values(tensors[name], intervals[name]) for name in node.operands]
        try:
            if isinstance(node.op, Map):
                results = _run_map(node.op, operands, visit, f"{prefix}{node.name}/", slices)
                tensors.update(zip(node.tensors, results, strict=True))
            else:
                events = len(next(iter(tensors.values())))
                tensors[node.name] = ops.evaluate(node.op, operands, intervals[node.name], events)
        except GraphError as error:
            raise type(error)(f"node {node.name!r}: {error}") from None
        if visit is not None:
            visit(prefix + node.name, node, slices, tensors, intervals)
        for name in set(node.operands):
            if last_use[name] == n and name not in wanted:
                del tensors[name]
    return tensors


def _run_map(op: Map, operands: Sequence[ops.Values], visit: Visit | None, prefix: str, slices: int) -> list[Mantissas]:
    """The slices become events of the body."""
    intervals = body_tensors(op, [operand.interval for operand in operands])
    events, count = len(operands[0].mantissa), slices_of(op, [operand.interval for operand in operands])
    known: dict[str, Mantissas] = {}
    for name, operand, cut in zip(op.body.inputs, operands, op.cuts, strict=True):
        if cut is None:
            known[name] = np.repeat(operand.mantissa, count, axis=0)
        else:
            moved = np.moveaxis(operand.mantissa, cut + 1, 1)
            known[name] = moved.reshape(events * count, *moved.shape[2:])
    tensors = _run_nodes(op.body.nodes, known, intervals, {*op.body.outputs}, visit, prefix, slices * count)
    results = (tensors[output] for output in op.body.outputs)
    return [np.moveaxis(result.reshape(events, count, *result.shape[1:]), 1, op.axis + 1) for result in results]
