"""Inputs of the user's model that a design point lets arrive serially: what a graph knows of them."""

from collections.abc import Iterator, Mapping

import numpy as np

from trigforge.design.point import Arrival, DesignPoint
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput, InputKind
from trigforge.suggestions import known_names


def input_faults(graph: FixedPointGraph, design: DesignPoint) -> Iterator[str]:
    """Sentences about inputs that the graph does not have, or that cannot arrive as the design asks."""
    inputs = {tensor.name: tensor for tensor in graph.inputs}
    for name, entry in design.inputs.items():
        if name not in inputs:
            yield f"input {name!r} is not in the model; {known_names(name, inputs)}"
        elif entry.arrival is Arrival.SERIAL:
            yield from _faults(inputs[name], entry.per_cycle or 1)


def rows_a_cycle(graph: FixedPointGraph, design: DesignPoint) -> Mapping[str, int]:
    """The rows of the first axis that come in a clock cycle, for each input of which not all do.

    The design is one in which ``input_faults`` finds nothing.
    """
    lengths = {tensor.name: tensor.shape[0] for tensor in graph.inputs if tensor.shape}
    asked = {name: entry.per_cycle or 1 for name, entry in design.inputs.items() if entry.arrival is Arrival.SERIAL}
    return {name: rows for name, rows in asked.items() if rows < lengths[name]}


def least_interval(graph: FixedPointGraph, design: DesignPoint) -> int:
    """The clock cycles from one event to the next that the design asks for, or that inputs take to arrive."""
    rows = rows_a_cycle(graph, design)
    beats = [-(-tensor.shape[0] // rows[tensor.name]) for tensor in graph.inputs if tensor.name in rows]
    return max([design.rtl.initiation_interval, *beats])


def _faults(tensor: GraphInput, rows: int) -> Iterator[str]:
    name = tensor.name
    if tensor.kind is InputKind.REGISTER:
        yield f"input {name!r} is a register, which is held steady and does not arrive; remove [inputs.{name}]"
    elif not tensor.shape:
        yield f"input {name!r} is a single number and has no rows to arrive one by one; remove [inputs.{name}]"
    elif rows > tensor.shape[0]:
        yield (
            f"input {name!r} has {tensor.shape[0]} rows; per_cycle = {rows} is too many, give at most {tensor.shape[0]}"
        )
    elif rows < tensor.shape[0]:
        other = _other_row(tensor.interval, rows)
        if other is not None:
            yield (
                f"row {other} of input {name!r} has other types than row {other % rows}, which comes on the same "
                "wires; give all rows the same types, or let it arrive in parallel"
            )


def _other_row(interval: Interval, rows: int) -> int | None:
    """The first row that is not like that on its wires in the first clock cycle."""
    for row in range(rows, interval.shape[0]):
        for ends in (interval.lo.values, interval.hi.values, interval.lsb.values):
            if not np.array_equal(ends[row], ends[row % rows]):
                return row
    return None
