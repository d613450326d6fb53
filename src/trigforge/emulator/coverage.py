"""``Observation``: the reference engine with its eyes open, on blocks of host values, one after the other.

Per tensor, those inside ``Map`` bodies too: the range of each element and the bits it used; at each ``Requantize`` and
at the encoding of each input: how many values were rounded and how many were out of range.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.emulator import ops
from trigforge.emulator.reference import run
from trigforge.errors import EventsError, GraphError
from trigforge.fixed import FixedTypes, Interval, Overflow, Rounding, exact, overflow_mantissa, round_mantissa
from trigforge.graph.graph import FixedPointGraph, GraphInput
from trigforge.graph.infer import body_tensors
from trigforge.graph.ops import Map, Node, Requantize
from trigforge.graph.simulation import Mantissas
from trigforge.graph.text import digest
from trigforge.reports.coverage import Coverage, QuantizerCoverage, TensorCoverage

_EVENTS_AT_ONCE = 4096
_SMALLEST, _LARGEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass
class _Seen:
    """One tensor so far: ``any_bits`` are the bits that were ever set, per element."""

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
    """What one quantizer lost so far."""

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
    """Give it blocks of events with ``add``, then take the ``coverage`` of all of them."""

    graph: FixedPointGraph
    events: int = 0
    _seen: dict[str, _Seen] = field(default_factory=dict[str, _Seen], init=False, repr=False)
    _lost: dict[str, _Lost] = field(default_factory=dict[str, _Lost], init=False, repr=False)

    def add(self, events: Mapping[str, npt.NDArray[Any]]) -> None:
        """Host values ``(events, *shape)`` of every input; one event is enough for a register.

        Raises ``EventsError`` for inputs that are missing, refused by their encoding or of different lengths, and
        ``WidthError`` as the reference emulator does.
        """
        missing = [tensor.name for tensor in self.graph.inputs if tensor.name not in events]
        if missing:
            raise EventsError(f"input {missing[0]!r} is not among the events, which hold {sorted(events)}")
        host = {tensor.name: np.asarray(events[tensor.name]) for tensor in self.graph.inputs}
        known = {tensor.name: tensor.encode(host[tensor.name]) for tensor in self.graph.inputs}
        count = max((len(array) for array in known.values()), default=0)
        if not self.events:
            # Says what is wrong with a graph or with its events in the words of the reference emulator.
            run(self.graph, {name: array[:1] for name, array in known.items()})
        for name, array in known.items():
            if len(array) not in (1, count):
                raise EventsError(f"input {name!r} has {len(array)} events, the others have {count}")
        for start in range(0, count, _EVENTS_AT_ONCE):
            stop = min(start + _EVENTS_AT_ONCE, count)
            block: dict[str, Mantissas] = {}
            for tensor in self.graph.inputs:
                mine, values = known[tensor.name], host[tensor.name]
                alone = len(mine) == 1 < count
                part = slice(0, 1) if alone else slice(start, stop)
                block[tensor.name] = np.broadcast_to(mine[part], (stop - start, *tensor.shape))
                self._see(tensor.name, "Input", 1, tensor.interval, mine[part])
                if not (alone and self.events + start):
                    self._lose_encoding(tensor, values[part])
            self._run(self.graph.nodes, block, self.graph.tensors)
        self.events += count

    def coverage(self) -> Coverage:
        """Of everything so far; ``EventsError`` if that is nothing."""
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
        return Coverage(self.graph.name, digest(self.graph), self.events, tensors, quantizers)

    def _see(self, path: str, kind: str, copies: int, interval: Interval, mantissas: Mantissas) -> None:
        if path not in self._seen:
            shape = interval.shape
            least, most = np.full(shape, _LARGEST, np.int64), np.full(shape, _SMALLEST, np.int64)
            self._seen[path] = _Seen(kind, copies, interval, least, most, np.zeros(shape, np.int64))
        self._seen[path].add(mantissas)

    def _run(
        self,
        nodes: Sequence[Node],
        known: dict[str, Mantissas],
        intervals: Mapping[str, Interval],
        prefix: str = "",
        copies: int = 1,
        wanted: str = "",
    ) -> dict[str, Mantissas]:
        tensors = dict(known)
        last_use = {operand: n for n, node in enumerate(nodes) for operand in node.operands}
        for n, node in enumerate(nodes):
            operands = [ops.Tensor(tensors[name], intervals[name]) for name in node.operands]
            path = prefix + node.name
            try:
                if isinstance(node.op, Map):
                    tensors[node.name] = self._run_map(node.op, operands, f"{path}/", copies)
                else:
                    events = len(next(iter(tensors.values())))
                    tensors[node.name] = ops.evaluate(node.op, operands, intervals[node.name], events)
            except GraphError as error:
                raise type(error)(f"node {node.name!r}: {error}") from None
            self._see(path, type(node.op).__name__, copies, intervals[node.name], tensors[node.name])
            if isinstance(node.op, Requantize):
                self._lose(path, node.op, operands[0])
            for name in set(node.operands):
                if last_use[name] == n and name != wanted:
                    del tensors[name]
        return tensors

    def _run_map(self, op: Map, operands: Sequence[ops.Tensor], prefix: str, copies: int) -> Mantissas:
        """The slices become events of the body, as in the reference engine."""
        axis = op.axis + 1
        events, count = operands[0].mantissa.shape[0], operands[0].mantissa.shape[axis]
        known: dict[str, Mantissas] = {}
        for name, operand in zip(op.body.inputs, operands, strict=True):
            slices = np.moveaxis(operand.mantissa, axis, 1)
            known[name] = slices.reshape(events * count, *slices.shape[2:])
        intervals = body_tensors(op, [operand.interval for operand in operands])
        tensors = self._run(op.body.nodes, known, intervals, prefix, copies * count, op.body.output)
        result = tensors[op.body.output]
        return np.moveaxis(result.reshape(events, count, *result.shape[1:]), 1, axis)

    def _lose(self, path: str, op: Requantize, x: ops.Tensor) -> None:
        types = op.types.broadcast(x.interval.shape)
        places = types.lsb - x.lsb
        rounded = round_mantissa(x.mantissa, places, op.rounding)
        # Beyond its longest bit nothing of a mantissa is left, and the comparison needs no more places than that.
        near = np.minimum(places, exact.longest(x.mantissa) + 2)
        inexact = exact.shift(exact.shift(x.mantissa, -near), near) != x.mantissa
        self._count(path, op.rounding, op.overflow, types, rounded, inexact)

    def _lose_encoding(self, tensor: GraphInput, values: npt.NDArray[Any]) -> None:
        encoding, types = tensor.encoding, tensor.types.broadcast(tensor.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            host = values.astype(np.float64) * encoding.scale.to_float()
            scaled = np.ldexp(host, -types.lsb)
        not_numbers, infinite = np.isnan(host), np.isinf(host)
        host = np.where(not_numbers, 0.0, host)
        clipped = np.clip(np.where(not_numbers, 0.0, scaled), -(2.0**59), 2.0**59)
        floor = np.floor(clipped)
        rest = clipped - floor
        quarters = floor.astype(np.int64) * 4 + np.where(rest > 0.5, 3, np.where(rest == 0.5, 2, rest > 0))
        quarters = np.where(clipped == 0, np.sign(host).astype(np.int64), quarters)
        rounded = round_mantissa(quarters, 2, encoding.rounding)
        inexact = (quarters & 3 != 0) & ~infinite
        self._count(tensor.name, encoding.rounding, encoding.overflow, types, rounded, inexact)
        self._lost[tensor.name].not_numbers += int(np.count_nonzero(not_numbers))

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
    return TensorCoverage(path, seen.kind, seen.copies, interval.shape, str(hull), hull.lsb, used, *fields)
