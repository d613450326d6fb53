"""The table an emulation writes: event numbers, and every output as integers and as values, from its parts."""

import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError
from trigforge.events import Column, EventsTable
from trigforge.flow.engines import Outputs, output_dtype
from trigforge.flow.fragments import Fragments
from trigforge.flow.partitions import Partition, Work
from trigforge.graph import FixedPointGraph

EVENT = Column("event", np.dtype(np.int64))
"""The number of the event in its own file, from 0."""
FILE = Column("file", np.dtype(np.int32))
"""The number of that file in the list of inputs, from 0."""


def column_names(graph: FixedPointGraph) -> dict[str, str]:
    """Outputs to the names of their columns, which hold letters, digits and underscores only.

    Raises ``EventsError`` where two columns would be called the same.
    """
    names = {output: re.sub(r"\W", "_", output, flags=re.ASCII) for output in graph.outputs}
    taken = [EVENT.name, FILE.name, *(text for name in names.values() for text in (name, mantissas_of(name)))]
    twice = sorted({name for name in taken if taken.count(name) > 1})
    if twice:
        raise EventsError(f"two columns of the output would be called {twice[0]!r}; rename the outputs of the model")
    return names


def mantissas_of(column: str) -> str:
    """The column of integers beside the one of values."""
    return f"{column}_mantissa"


def table_of(graph: FixedPointGraph, work: Work, partitions: Sequence[Partition], parts: Fragments) -> EventsTable:
    """All partitions, in order, as one table; values are the mantissas times ``2**lsb``, exact up to 53 bits."""
    begins = [0, *accumulate(partition.stop - partition.start for partition in partitions)]
    columns: dict[str, Column] = {}
    outputs: dict[str, tuple[str, bool]] = {}
    for output, name in column_names(graph).items():
        shape = graph.tensors[output].shape
        columns[name] = Column(name, _value_dtype(graph, output), shape)
        columns[mantissas_of(name)] = Column(mantissas_of(name), output_dtype(graph, output), shape)
        outputs |= {name: (output, False), mantissas_of(name): (output, True)}
    last: dict[int, Outputs] = {}

    def part(number: int) -> Outputs:
        if number not in last:
            last.clear()
            last[number] = parts.load(partitions[number], graph.outputs)
        return last[number]

    def piece(name: str, number: int, rows: slice) -> npt.NDArray[Any]:
        partition = partitions[number]
        if name == EVENT.name:
            return np.arange(partition.start, partition.stop, dtype=EVENT.dtype)[rows]
        if name == FILE.name:
            return np.full(partition.stop - partition.start, partition.number, dtype=FILE.dtype)[rows]
        output, is_mantissa = outputs[name]
        mantissas = part(number)[output][rows]
        if is_mantissa:
            return mantissas
        return np.ldexp(mantissas.astype(np.float64), graph.tensors[output].hull.lsb).astype(columns[name].dtype)

    def read(name: str, start: int, stop: int) -> npt.NDArray[Any]:
        first = int(np.searchsorted(begins, start, side="right")) - 1
        pieces: list[npt.NDArray[Any]] = []
        for number in range(first, len(partitions)):
            if begins[number] >= stop:
                break
            begin = begins[number]
            pieces.append(piece(name, number, slice(max(start - begin, 0), min(stop, begins[number + 1]) - begin)))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    return EventsTable((EVENT, FILE, *columns.values()), begins[-1], read, _provenance(graph, work))


def _value_dtype(graph: FixedPointGraph, output: str) -> np.dtype[np.floating[Any]]:
    """float32 where it is exact for all the output can be, else float64."""
    hull = graph.tensors[output].hull
    exact = hull.width <= 24 and hull.lsb >= -126 and hull.lsb + hull.width <= 127
    return np.dtype(np.float32 if exact else np.float64)


def _provenance(graph: FixedPointGraph, work: Work) -> str:
    """JSON: equal wherever and however the events were emulated."""
    types = {
        name: {"type": str(graph.tensors[output].hull), "lsb": graph.tensors[output].hull.lsb}
        for output, name in column_names(graph).items()
    }
    return json.dumps(
        {
            "trigforge": version("trigforge"),
            "model": graph.name,
            "version": graph.version,
            "graph_digest": graph.digest,
            "outputs": types,
            "files": [{"name": file.path.name, "events": file.events} for file in work.files],
        }
    )
