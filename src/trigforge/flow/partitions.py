"""A long emulation in partitions: ranges of events of a file, each computed on its own, anywhere, to equal results."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError, NoEventsError
from trigforge.events import EventsBinding, HostValues, OpenEvents, open_events
from trigforge.flow.engines import Engine, EngineChoice, Outputs, check, choose
from trigforge.graph import FixedPointGraph, GraphInput, InputKind, parse_graph, print_graph
from trigforge.graph.encoding import NanPolicy
from trigforge.graph.simulation import Mantissas

_FORMAT = 1
_PARTITION_NUMBERS = 2**21
_ENCODED_AT_ONCE = 4096
_CHECKED_EVENTS = 1000


@dataclass(frozen=True)
class InputFile:
    """A file of events as it was when it was counted."""

    path: Path
    bytes: int
    modified_ns: int
    events: int


@dataclass(frozen=True)
class Partition:
    """The events ``[start, stop)`` of the ``number``-th input file; ``key`` names the result wherever it is kept."""

    number: int
    start: int
    stop: int
    key: str


@dataclass(frozen=True)
class Work:
    """All that a machine needs to know for any partition; plain data, to be sent. ``graph`` is its canonical text."""

    graph: str
    engine: EngineChoice
    threads: int
    binding: EventsBinding
    registers: Mapping[str, Mantissas]
    files: tuple[InputFile, ...]


def event_shapes(graph: FixedPointGraph) -> dict[str, tuple[int, ...]]:
    """The inputs that come with every event."""
    return {tensor.name: tensor.shape for tensor in graph.inputs if tensor.kind is InputKind.EVENT}


def make_work(
    graph: FixedPointGraph,
    engine: EngineChoice,
    threads: int,
    binding: EventsBinding,
    registers: Mapping[str, Mantissas],
    files: Sequence[InputFile],
) -> Work:
    """See ``Work``."""
    return Work(print_graph(graph), engine, threads, binding, registers, tuple(files))


def look_at(path: Path, graph: FixedPointGraph, binding: EventsBinding) -> InputFile:
    """Open a file once: its events, maybe none, are counted and the columns found; else raises as ``open_events``."""
    events = 0
    with suppress(NoEventsError), open_events(path, event_shapes(graph), binding) as file:
        events = file.events
    status = path.stat()
    return InputFile(path, status.st_size, status.st_mtime_ns, events)


def split(graph: FixedPointGraph, work: Work, events_at_once: int | None = None) -> tuple[Partition, ...]:
    """The partitions of all files, in order.

    A key is a digest of the graph, the binding, the registers, the identity of the file (name, bytes, time of change)
    and the range. Partitions hold ``events_at_once`` events, by default as many as make 16 MiB of 64-bit numbers.
    """
    shapes = [*event_shapes(graph).values(), *(graph.tensors[name].shape for name in graph.outputs)]
    size = events_at_once or max(1, _PARTITION_NUMBERS // sum(prod(shape) for shape in shapes))
    columns = {name: work.binding.columns(name) for name in event_shapes(graph)}
    registers = {name: hashlib.sha256(values.tobytes()).hexdigest() for name, values in work.registers.items()}
    common = [_FORMAT, graph.digest, work.binding.tree, columns, registers]
    partitions: list[Partition] = []
    for number, file in enumerate(work.files):
        for start in range(0, file.events, size):
            stop = min(start + size, file.events)
            identity = [*common, str(file.path.resolve()), file.bytes, file.modified_ns, start, stop]
            key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]
            partitions.append(Partition(number, start, stop, key))
    return tuple(partitions)


def compute(
    work: Work, partitions: Sequence[Partition], progress: Callable[[int], None] = lambda events: None
) -> Iterator[tuple[Partition, Outputs]]:
    """Read, encode and emulate partitions one after another.

    ``progress`` is called with the number of events emulated since the last call. Raises ``EventsError`` for a file
    that is damaged, was changed since it was counted, or holds what the encoding refuses, and ``BitMismatch`` where
    the engine disagrees with the reference on the first events.
    """
    graph = parsed(work.graph)
    for number, group in groupby(partitions, key=lambda partition: partition.number):
        file = work.files[number]
        _unchanged(file)
        with open_events(file.path, event_shapes(graph), work.binding) as opened:
            for partition, values in _read_ahead(opened, list(group)):
                inputs = _inputs(graph, work, opened.path, partition, values)
                engine = checked_engine(work, inputs)
                outputs = engine.run(inputs, work.threads, progress)
                _unchanged(file)
                yield partition, outputs


def perform(work: Work, partition: Partition) -> Outputs:
    """The work of a worker on one partition."""
    ((_, outputs),) = compute(work, [partition])
    return outputs


def _read_ahead(file: OpenEvents, partitions: Sequence[Partition]) -> Iterator[tuple[Partition, dict[str, HostValues]]]:
    """The host values of each partition; the next are read while these are in use, as reading mostly decompresses."""
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(file.read, partitions[0].start, partitions[0].stop)
        for partition, following in zip(partitions, [*partitions[1:], None], strict=True):
            values = ahead.result()
            if following is not None:
                ahead = reader.submit(file.read, following.start, following.stop)
            yield partition, values


@lru_cache(maxsize=4)
def parsed(text: str) -> FixedPointGraph:
    """A graph from its canonical text, read once."""
    return parse_graph(text)


@lru_cache(maxsize=4)
def built_engine(text: str, choice: EngineChoice) -> Engine:
    """The engine for a graph's canonical text, built or found once in this process; see ``engines.choose``."""
    return choose(parsed(text), choice)


_checked: set[tuple[str, EngineChoice]] = set()


def checked_engine(work: Work, inputs: Mapping[str, Mantissas]) -> Engine:
    """The engine of this process, compared with the reference once, because a kernel depends on the processor."""
    engine = built_engine(work.graph, work.engine)
    if (work.graph, work.engine) not in _checked:
        check(parsed(work.graph), engine, {name: values[:_CHECKED_EVENTS] for name, values in inputs.items()})
        _checked.add((work.graph, work.engine))
    return engine


def _unchanged(file: InputFile) -> None:
    try:
        status = file.path.stat()
    except OSError as error:
        raise EventsError(f"events file {file.path} cannot be seen any more: {error.strerror}; bring it back") from None
    if (status.st_size, status.st_mtime_ns) != (file.bytes, file.modified_ns):
        raise EventsError(f"events file {file.path} changed while it was read; run the same command again")


def _inputs(
    graph: FixedPointGraph, work: Work, path: Path, partition: Partition, values: dict[str, HostValues]
) -> dict[str, Mantissas]:
    """Mantissas for all inputs; takes the host values out of ``values``, so that memory is free again."""
    inputs: dict[str, Mantissas] = {}
    for tensor in graph.inputs:
        if tensor.kind is InputKind.REGISTER:
            inputs[tensor.name] = work.registers[tensor.name]
        else:
            inputs[tensor.name] = _encoded(tensor, values.pop(tensor.name), path, partition.start)
    return inputs


def _encoded(tensor: GraphInput, values: npt.NDArray[Any], path: Path, first: int) -> Mantissas:
    """Mantissas, a few events at a time so that temporaries stay small; errors count events from the file's first."""
    pieces: list[Mantissas] = []
    for start in range(0, len(values), _ENCODED_AT_ONCE):
        piece = values[start : start + _ENCODED_AT_ONCE]
        try:
            pieces.append(tensor.encode(piece))
        except EventsError as error:
            raise EventsError(f"events file {path}: {_located(tensor, piece, first + start) or error}") from None
    return np.concatenate(pieces)


def _located(tensor: GraphInput, values: npt.NDArray[Any], first: int) -> str | None:
    """The error about the first value that cannot be encoded, if there is one that is not finite."""
    if values.shape[1:] != tensor.shape or values.dtype.kind != "f" or tensor.encoding.nan_policy is NanPolicy.ZERO:
        return None
    wrong = np.argwhere(~np.isfinite(tensor.encoding.of_model(values)))
    if not len(wrong):
        return None
    event, *element = (int(n) for n in wrong[0])
    return (
        f"input {tensor.name!r}: event {first + event}, element {element} is {values[tuple(wrong[0])]}; "
        "remove such events or set nan_policy to ZERO"
    )
