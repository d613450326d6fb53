"""Every op, one element at a time, as instructions on lanes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from trigforge.emulator.native import arithmetic
from trigforge.emulator.native.instructions import Builder, Opcode, Value, lanes_for
from trigforge.emulator.native.scope import Elements, Scope, broadcast, table_entries
from trigforge.errors import WidthError
from trigforge.fixed import FixedType, exact
from trigforge.graph.ops import (
    Add,
    Concat,
    Constant,
    Einsum,
    LeadingOne,
    Linear,
    LinearOp,
    Lookup,
    Map,
    Max,
    Maximum,
    Min,
    Minimum,
    Mul,
    Node,
    Rearrangement,
    Relu,
    Requantize,
    Select,
    Shift,
    ShiftBy,
    Sub,
)


@dataclass
class Tables:
    """The entries of all lookups, by the lanes of their results; equal tables stand there once."""

    entries: dict[int, list[int]] = field(default_factory=lambda: {16: [], 32: [], 64: []})
    _known: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict[tuple[int, tuple[int, ...]], int])

    def place(self, bits: int, entries: list[int]) -> int:
        """The index at which these entries begin."""
        key = (bits, tuple(entries))
        if key not in self._known:
            self._known[key] = len(self.entries[bits])
            self.entries[bits] += entries
        return self._known[key]


class WorkUnit:
    """The values of one unit of work: computed by need, each once, from elements that stand in memory.

    ``stored`` says which tensors stand in memory before the unit begins; what is read of them is kept in ``read``.
    """

    def __init__(
        self,
        scope: Scope,
        stored: Callable[[str], bool],
        tables: Tables,
        elements: Callable[[str], Elements] | None = None,
    ) -> None:
        self.scope = scope
        self.elements = elements or scope.elements
        self.builder = Builder()
        self.stored = stored
        self.tables = tables
        self.read: set[tuple[str, int]] = set()
        self._values: dict[tuple[str, int], Value] = {}

    def value(self, name: str, element: int) -> Value:
        """The value of a tensor element."""
        key = (name, element)
        if key not in self._values:
            if self.stored(name):
                self._values[key] = self._loaded(self.elements(name), element)
            else:
                self._values[key] = self.computed(self.scope.nodes[name], element)
        return self._values[key]

    def _loaded(self, tensor: Elements, element: int) -> Value:
        lo, hi = tensor.lo[element], tensor.hi[element]
        if lo != hi:
            self.read.add((tensor.name, element))
        return self.builder.load(tensor.row(element), tensor.lsb, lo, hi)

    def store(self, name: str, element: int) -> None:
        """Put the value of an element into its place in memory, at the scale of the tensor's hull."""
        tensor = self.elements(name)
        value = self.computed(self.scope.nodes[name], element)
        self.builder.store(tensor.row(element), arithmetic.at(self.builder, value, tensor.lsb))

    def computed(self, node: Node, element: int) -> Value:
        """An element of a node's tensor, from its operands' elements."""
        tensor = self.elements(node.name)
        if tensor.lo[element] == tensor.hi[element]:
            return self.builder.constant(tensor.lo[element], tensor.lsb)
        value = self._evaluated(node, element, tensor)
        if value.bits > 64:
            raise WidthError(f"node {node.name!r}: an intermediate needs more than the 64 bits of the native emulator")
        lo, hi = tensor.bounds(element, value.lsb)
        return replace(value, lo=max(lo, value.lo), hi=min(hi, value.hi)) if not value.constant else value

    def _evaluated(self, node: Node, element: int, out: Elements) -> Value:
        b, scope, op, names = self.builder, self.scope, node.op, node.operands
        match op:
            case Constant(value):
                return b.constant(int(value.mantissa.values.reshape(-1)[element]), value.lsb)
            case Linear():
                return self._linear(node, op, element, out)
            case Einsum():
                return self._einsum(node, op, element, out)
            case Add() | Sub():
                x, y = self._operands(node, element)
                lsb = min(x.lsb, y.lsb)
                sign = 1 if isinstance(op, Add) else -1
                terms = [(x, 1 << x.lsb - lsb), (y, sign << y.lsb - lsb)]
                return arithmetic.weighted_sum(b, terms, 0, lsb, *out.bounds(element, lsb))
            case Mul():
                x, y = self._operands(node, element)
                return arithmetic.product(b, x, y, *out.bounds(element, x.lsb + y.lsb))
            case Maximum() | Minimum():
                return arithmetic.extremum(b, self._operands(node, element), largest=isinstance(op, Maximum))
            case Max() | Min():
                entries = scope.reduced(node.name, op)[element]
                values = [self.value(names[0], int(e)) for e in entries]
                return arithmetic.extremum(b, values, largest=isinstance(op, Max))
            case Select():
                c, x, y = self._operands(node, element)
                threshold = self._threshold(node, op, c.lsb)[element]
                return arithmetic.selected(b, c, threshold, x, y)
            case Relu():
                x = self.value(names[0], element)
                return arithmetic.extremum(b, (x, b.constant(0, x.lsb)), largest=True)
            case Lookup():
                return self._lookup(node, op, element, out)
            case Shift(places):
                x = self.value(names[0], element)
                return replace(
                    x, lsb=x.lsb + self._listed(node, lambda: [broadcast(places.values, out.shape)])[0][element]
                )
            case LeadingOne():
                return self._leading_one(names[0], element, out)
            case ShiftBy():
                return self._shift_by(node, element, out)
            case Rearrangement():
                return self.value(names[0], int(scope.moved(node.name, op)[element]))
            case Concat():
                part, source = scope.joined(node.name, op)
                return self.value(names[int(part[element])], int(source[element]))
            case Requantize(types, rounding, overflow):
                own = (types.width.values, types.integer_bits.values, types.signed.values)
                fields = self._listed(node, lambda: [broadcast(part, out.shape) for part in own])
                width, integer_bits, signed = (part[element] for part in fields)
                kind = FixedType(width, integer_bits, bool(signed))
                x = self.value(names[0], element)
                return arithmetic.requantized(b, x, kind, rounding, overflow, *out.bounds(element, kind.lsb))
            case Map():
                raise AssertionError("a Map is a stage of its own")
            case _:
                assert_never(op)

    def _listed(self, node: Node, make: Callable[[], list[list[int]]]) -> list[list[int]]:
        """Parameters of a node by element, made once."""
        return self.scope.parameters(node.name, make)

    def _operands(self, node: Node, element: int) -> list[Value]:
        sources = self.scope.sources(node.name)
        return [self.value(name, int(own[element])) for name, own in zip(node.operands, sources, strict=True)]

    def _threshold(self, node: Node, op: Select, lsb: int) -> list[int]:
        """``c >= t`` on whole numbers of c's scale: against t rounded up to that scale."""
        shape = self.scope.intervals[node.name].shape
        up = -exact.shift(-op.threshold.mantissa.values, op.threshold.lsb - lsb)
        return broadcast(up, shape)

    def _linear(self, node: Node, op: LinearOp, element: int, out: Elements) -> Value:
        table = self.scope.linear(node.name, op)
        position, column = int(table.position[element]), int(table.column[element])
        m = table.matrices
        weights = m.matrices[int(m.block[position]), :, column]
        terms = [
            (self.value(node.operands[0], int(source)), int(weight))
            for source, weight in zip(m.terms[position], weights, strict=True)
            if weight and source >= 0
        ]
        return self.weighted(terms, m.weight_lsb, (int(m.bias[position, column]), m.bias_lsb), element, out)

    def weighted(
        self, terms: list[tuple[Value, int]], weight_lsb: int, bias: tuple[int, int], element: int, out: Elements
    ) -> Value:
        """The sum of values times weights and a bias, ``(mantissa, lsb)``."""
        terms = [(value, weight) for value, weight in terms if not (value.constant and value.lo == 0)]
        scales = [value.lsb + weight_lsb for value, _ in terms] + ([bias[1]] if bias[0] else [])
        lsb = min(scales, default=out.lsb)
        factors = [weight << value.lsb + weight_lsb - lsb for value, weight in terms]
        added = bias[0] << bias[1] - lsb if bias[0] else 0
        common = min(((f & -f).bit_length() - 1 for f in [*factors, added] if f), default=0)
        lsb += common
        scaled = [(value, factor >> common) for (value, _), factor in zip(terms, factors, strict=True)]
        return arithmetic.weighted_sum(self.builder, scaled, added >> common, lsb, *out.bounds(element, lsb))

    def _einsum(self, node: Node, op: Einsum, element: int, out: Elements) -> Value:
        left, right = self.scope.pairs(node.name, op)
        products: list[Value] = []
        for first, second in zip(left[element], right[element], strict=True):
            x, y = self.value(node.operands[0], int(first)), self.value(node.operands[1], int(second))
            ends = [a * c for a in (x.lo, x.hi) for c in (y.lo, y.hi)]
            products.append(arithmetic.product(self.builder, x, y, min(ends), max(ends)))
        return self.weighted([(value, 1) for value in products], 0, (0, 0), element, out)

    def _lookup(self, node: Node, op: Lookup, element: int, out: Elements) -> Value:
        number = self._listed(node, lambda: [broadcast(op.index.values, out.shape)])[0][element]
        table = op.tables[number]
        x = arithmetic.at(self.builder, self.value(node.operands[0], element), table.lsb)
        entries = table_entries(table.values.mantissa.values, table.values.lsb - out.lsb)
        if x.constant:
            return self.builder.constant(entries[x.lo - table.first], out.lsb)
        bits = lanes_for(min(entries), max(entries))
        start = self.tables.place(bits, entries)
        index, offset = self.builder.register(x, x.bits), start - table.first
        if x.bits == 64:
            index = self.builder.emit(Opcode.ADD_CONSTANT, 64, (index,), (-table.first,))
            index, offset = self.builder.emit(Opcode.NARROW, 32, (index,)), start
        opcode = Opcode.LOOKUP16 if x.bits == 16 else Opcode.LOOKUP32
        register = self.builder.emit(opcode, bits, (index,), (offset,))
        return Value(register, bits, out.lsb, *out.bounds(element, out.lsb))

    def _leading_one(self, operand: str, element: int, out: Elements) -> Value:
        x = self.value(operand, element)
        if x.constant:
            exponent = x.lo.bit_length() - 1 + x.lsb if x.lo else self.elements(operand).own_lsb[element]
            return self.builder.constant(exponent, 0)
        zero = self.elements(operand).own_lsb[element]
        lo, hi = out.bounds(element, 0)
        bits = max(x.bits, lanes_for(lo, hi))
        register = self.builder.emit(Opcode.LEADING_ONE, bits, (self.builder.register(x, bits),), (x.lsb, zero))
        return Value(register, bits, 0, lo, hi)

    def _shift_by(self, node: Node, element: int, out: Elements) -> Value:
        b = self.builder
        x, n = self._operands(node, element)
        n = arithmetic.at(b, n, 0)
        if n.constant:
            return replace(x, lsb=x.lsb + n.lo)
        own = self.elements(node.operands[0]).own_lsb[int(self.scope.sources(node.name)[0][element])]
        if not x.constant and x.lsb < own:
            x = arithmetic.at(b, x, own)
        lsb = x.lsb + n.lo
        bits = lanes_for(*out.bounds(element, lsb))
        if bits > 64:
            raise WidthError(f"node {node.name!r}: a shift needs more than the 64 bits of the native emulator")
        bits = max(bits, n.bits)
        places = b.emit(Opcode.ADD_CONSTANT, bits, (b.register(n, bits),), (-n.lo,))
        register = b.emit(Opcode.SHIFT_BY, bits, (b.register(x, bits), places))
        return Value(register, bits, lsb, *out.bounds(element, lsb))
