"""``Observation``: the losses and ranges of a graph on blocks of host values, one after the other.

Per tensor, those inside ``Map`` bodies too: the range of each element and the bits it used; at each ``Requantize`` and
at the encoding of each input: how many values were rounded and how many were out of range.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage
from trigforge.errors import EventsError
from trigforge.fixed import FixedTypes, Interval, Overflow, Rounding, exact, overflow_mantissa, round_mantissa
from trigforge.graph.encoding import round_host
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.kinds import INPUT, kind_of
from trigforge.graph.ops import Node, Requantize
from trigforge.graph.simulation import Mantissas, Visit, count_events, encode_events, host_values

_EVENTS_AT_ONCE = 4096
_SMALLEST, _LARGEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass
class _Seen:
    """One tensor so far: ``any_bits`` are the bits that were ever set, per element."""

    layer: str
    kind: str
    copies: int
    interval: Interval
    lo: Mantissas
    hi: Mantissas
    any_bits: Mantissas

    def add(self, mantissas: Mantissas) -> None:
        self.lo = np.minimum(self.lo, mantissas.min(axis=0))
        self.hi = np.maximum(self.hi, mantissas.max(axis=0))
        self.any_bits = self.any_bits | np.bitwise_or.reduce(mantissas, axis=0)


@dataclass
class _Lost:
    """The losses of one quantizer so far."""

    rounding: Rounding
    overflow: Overflow
    unsigned: bool
    values: int = 0
    rounded: int = 0
    below: int = 0
    above: int = 0
    not_numbers: int = 0


@dataclass
class Observation:
    """The record of what ``graph`` does on blocks of events: give it each with ``add``, then take the ``coverage``.

    ``engine(graph, mantissas by input, visit)`` runs one block and calls ``visit`` after each node, as
    ``emulator.watch`` does.
    """

    graph: FixedPointGraph
    engine: Callable[[FixedPointGraph, Mapping[str, Mantissas], Visit], None]
    events: int = 0
    _seen: dict[str, _Seen] = field(default_factory=dict[str, _Seen], init=False, repr=False)
    _lost: dict[str, _Lost] = field(default_factory=dict[str, _Lost], init=False, repr=False)

    def add(self, events: Mapping[str, npt.NDArray[Any]]) -> None:
        """Host values ``(events, *shape)`` of every input, of a register one event, or none where it has a default.

        Raises ``EventsError`` for inputs that are missing, refused by their encoding or of different lengths, and
        ``WidthError`` as the reference emulator does.
        """
        host, known = host_values(self.graph, events), encode_events(self.graph, events)
        count = count_events(known.values())
        for name, array in known.items():
            if len(array) not in (1, count):
                raise EventsError(f"input {name!r} has {len(array)} events, the others have {count}; give as many")
        for start in range(0, count, _EVENTS_AT_ONCE):
            block: dict[str, Mantissas] = {}
            for tensor in self.graph.inputs:
                alone = len(known[tensor.name]) == 1 < count
                part = slice(0, 1) if alone else slice(start, start + _EVENTS_AT_ONCE)
                block[tensor.name] = known[tensor.name][part]
                self._see(tensor.name, (), INPUT, 1, tensor.interval, block[tensor.name])
                if tensor.name in host and not (alone and self.events + start):
                    self._lose_encoding(tensor, host[tensor.name][part])
            self.engine(self.graph, block, self._visit)
        self.events += count

    def coverage(self) -> Coverage:
        """The coverage of all events so far; ``EventsError`` if there were none."""
        if not self.events:
            raise EventsError("there are no events; give at least one")
        tensors = tuple(_tensor(name, seen) for name, seen in self._seen.items())
        quantizers = tuple(
            QuantizerCoverage(
                tensor=name,
                rounding=lost.rounding.value,
                overflow=lost.overflow.value,
                values=lost.values,
                rounded=lost.rounded,
                below=lost.below,
                above=lost.above,
                unsigned=lost.unsigned,
                not_numbers=lost.not_numbers,
            )
            for name, lost in self._lost.items()
        )
        return Coverage(self.graph.name, self.graph.digest, self.events, tensors, quantizers)

    def _see(
        self, path: str, layers: Sequence[str], kind: str, copies: int, interval: Interval, mantissas: Mantissas
    ) -> None:
        if path not in self._seen:
            shape = interval.shape
            least, most = np.full(shape, _LARGEST, np.int64), np.full(shape, _SMALLEST, np.int64)
            layer = layers[0] if layers else path
            self._seen[path] = _Seen(layer, kind, copies, interval, least, most, np.zeros(shape, np.int64))
        self._seen[path].add(mantissas)

    def _visit(
        self,
        path: str,
        node: Node,
        slices: int,
        tensors: Mapping[str, Mantissas],
        intervals: Mapping[str, Interval],
    ) -> None:
        self._see(path, node.layers, kind_of(node.op), slices, intervals[node.name], tensors[node.name])
        if isinstance(node.op, Requantize):
            (operand,) = node.operands
            self._lose(path, node.op, tensors[operand], intervals[operand])

    def _lose(self, path: str, op: Requantize, mantissas: Mantissas, interval: Interval) -> None:
        types = op.types.broadcast(interval.shape)
        places = types.lsb - interval.hull_lsb
        rounded = round_mantissa(mantissas, places, op.rounding)
        # Beyond its longest bit nothing of a mantissa is left, and the comparison needs no more places than that.
        near = np.minimum(places, exact.longest(mantissas) + 2)
        inexact = exact.shift(exact.shift(mantissas, -near), near) != mantissas
        self._count(path, op.rounding, op.overflow, types, rounded, inexact)

    def _lose_encoding(self, tensor: GraphInput, values: npt.NDArray[Any]) -> None:
        encoding, types = tensor.encoding, tensor.types.broadcast(tensor.shape)
        rounded = round_host(values, types, encoding)
        self._count(tensor.name, encoding.rounding, encoding.overflow, types, rounded.mantissas, rounded.inexact)
        self._lost[tensor.name].not_numbers += int(np.count_nonzero(rounded.not_numbers))

    def _count(
        self,
        path: str,
        rounding: Rounding,
        overflow: Overflow,
        types: FixedTypes,
        rounded: exact.IntArray,
        inexact: npt.NDArray[np.bool_],
    ) -> None:
        if path not in self._lost:
            self._lost[path] = _Lost(rounding, overflow, not bool(types.signed.values.any()))
        lost, alive = self._lost[path], types.width.values > 0
        out = (overflow_mantissa(rounded, types, overflow) != rounded) & alive
        lost.values += len(rounded) * int(np.count_nonzero(alive))
        lost.rounded += int(np.count_nonzero(inexact & alive))
        lost.below += int(np.count_nonzero(out & (rounded < 0)))
        lost.above += int(np.count_nonzero(out & (rounded > 0)))


def _tensor(path: str, seen: _Seen) -> TensorCoverage:
    interval = seen.interval
    lsb = interval.hull_lsb
    lo, hi = interval.at(lsb)
    places = np.where(interval.is_zero, 0, interval.lsb.values - lsb)
    width = interval.types.broadcast(interval.shape).width.values
    low, high, bits = seen.lo >> places, seen.hi >> places, seen.any_bits >> places
    negative = low < 0
    magnitude = np.maximum(exact.bit_length(np.maximum(high, 0)), exact.bit_length(np.where(negative, ~low, 0)))
    needed = np.where(bits == 0, 0, magnitude + negative)
    flat = [array.reshape(-1).tolist() for array in (width, lo, hi, seen.lo, seen.hi)]
    unused = [(width - needed).reshape(-1).tolist(), exact.trailing_zeros(bits).reshape(-1).tolist()]
    fields = [tuple(int(v) for v in values) for values in (*flat, *unused)]
    used = int(exact.trailing_zeros(np.bitwise_or.reduce(seen.any_bits, axis=None)))
    hull = interval.hull
    return TensorCoverage(path, seen.layer, seen.kind, seen.copies, interval.shape, str(hull), hull.lsb, used, *fields)
