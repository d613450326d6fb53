"""Sums of many terms out of adders of three operands, which take one look-up table a bit, as those of two do.

Sums whose parts nothing else reads are taken apart into terms and built anew. A sum ends no later than the pipeline
allows that the circuit had before; where adders of three operands are too slow, it stays as it was.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.delays import cost_bits, delay_ns
from trigforge.rtl.gates import Add, AddThree, Bits, Input, Literal
from trigforge.rtl.hierarchy import Accumulator, Item, Module, Net, Region, Source
from trigforge.rtl.schedule import BEGIN, Time, alive, finish, latest_ends, schedule_early

REGISTERS_A_TABLE = 2
"""flip-flops that stand beside one look-up table of UltraScale+ (AMD UG574, chapter 2)"""


@dataclass(frozen=True)
class _Term:
    """``sign * gate * 2**places``."""

    gate: int
    places: int
    sign: int


Order = Callable[[Gate, int, Time], tuple[float, ...]]
"""the rank of a term (its gate, places and time): those of least rank are added first"""


def _by_time(gate: Gate, places: int, time: Time) -> tuple[float, ...]:
    return (*time, gate.width + places)


def _by_width(gate: Gate, places: int, time: Time) -> tuple[float, ...]:
    return time[0], gate.width + places


def _by_place(gate: Gate, places: int, time: Time) -> tuple[float, ...]:
    stage, at = time
    return stage, round(at / _ABOUT_ONE_ADDER_NS), places, gate.width


_ABOUT_ONE_ADDER_NS = 1.2
"""the delay of an adder of three numbers of 15 bits"""
_ORDERS: tuple[Order, ...] = (_by_width, _by_time, _by_place)


def with_fewer_adders(module: Module, limit_ns: float) -> Module:
    """A module that computes the same, and whose regions need no more stages of ``limit_ns`` and cost less.

    The cost is that of logic, and of the tables whose place registers take.
    """
    items: list[Item] = []
    ports: dict[int, list[int]] = {}

    def moved(source: Source) -> Source:
        if isinstance(source, Net) and source.item in ports:
            return replace(source, port=ports[source.item][source.port])
        return source

    for number, item in enumerate(module.items):
        inputs = tuple(tuple(moved(source) for source in slice_) for slice_ in item.inputs)
        match item.content:
            case Region():
                content, ports[number] = _with_distinct_outputs(_in_region(item.content, limit_ns))
                items.append(replace(item, content=content, inputs=inputs))
            case Module():
                items.append(replace(item, content=with_fewer_adders(item.content, limit_ns), inputs=inputs))
            case Accumulator():
                items.append(replace(item, inputs=inputs))
            case _:
                assert_never(item.content)
    return replace(module, items=tuple(items), outputs=tuple(moved(output) for output in module.outputs))


def _with_distinct_outputs(region: Region) -> tuple[Region, list[int]]:
    """The region with each gate handed out once, and its new port for every old one: sums that were built in two ways
    can turn out to be the same."""
    distinct = tuple(dict.fromkeys(region.outputs))
    same = distinct == region.outputs
    return region if same else replace(region, outputs=distinct), [distinct.index(gate) for gate in region.outputs]


def _in_region(region: Region, limit_ns: float) -> Region:
    terms = _terms(region)
    if all(len(own) < 3 for own in terms.values()):
        return region
    latest = latest_ends(region.circuit, region.outputs, limit_ns)
    found = [_Building(region, terms, latest, limit_ns, order).built() for order in _ORDERS]
    return min([region, *found], key=lambda made: _cost(made, limit_ns))


def _cost(region: Region, limit_ns: float) -> tuple[int, float]:
    """The stages of a region, and its tables."""
    circuit = region.circuit
    plan = schedule_early(circuit, region.outputs, region.static, limit_ns)
    bits = sum(cost_bits(circuit, circuit.gates[gate]) for gate in alive(circuit, region.outputs))
    return plan.latency_cycles, bits + plan.register_bits(circuit) / REGISTERS_A_TABLE


def _terms(region: Region) -> dict[int, list[_Term]]:
    """The terms of every sum that remains: of those that are read by one other sum only, none does."""
    circuit, sums = region.circuit, dict[int, list[_Term]]()
    numbers = alive(circuit, region.outputs)
    readers: Counter[int] = Counter()
    for number in numbers:
        gate = circuit.gates[number]
        if isinstance(gate.op, Add):
            shifts, signs = (gate.op.shift_a, gate.op.shift_b), (1, -1 if gate.op.subtract else 1)
            own = [_behind_zeros(circuit, *term) for term in zip(gate.operands, shifts, signs, strict=True)]
            sums[number] = own
            readers.update(term.gate for term in own)
    kept = set(region.outputs)
    for number in numbers:
        if number not in sums and _behind_zeros(circuit, number).gate == number:
            kept.update(circuit.gates[number].operands)
    kept |= {_behind_zeros(circuit, number).gate for number in kept}
    inside = {number for number in sums if readers[number] == 1 and number not in kept}
    for number, own in sums.items():
        sums[number] = [part for term in own for part in (_parts(term, sums) if term.gate in inside else [term])]
    return {number: own for number, own in sums.items() if number not in inside}


def _parts(term: _Term, sums: Mapping[int, Sequence[_Term]]) -> list[_Term]:
    """The terms of a sum that is a term itself."""
    return [_Term(own.gate, own.places + term.places, own.sign * term.sign) for own in sums[term.gate]]


def _behind_zeros(circuit: Circuit, number: int, places: int = 0, sign: int = 1) -> _Term:
    """A value as another one to whose right zeros stand."""
    gate = circuit.gates[number]
    while isinstance(gate.op, Bits) and gate.op.low < 0:
        source = circuit.gates[gate.operands[0]]
        if (source.lo << -gate.op.low, source.hi << -gate.op.low) != (gate.lo, gate.hi):
            break
        number, places, gate = gate.operands[0], places - gate.op.low, source
    return _Term(number, places, sign)


@dataclass
class _Building:
    """The new circuit of a region, gate by gate."""

    region: Region
    terms: Mapping[int, Sequence[_Term]]
    latest: Mapping[int, Time]
    limit_ns: float
    order: Order
    circuit: Circuit = field(default_factory=Circuit)
    _numbers: dict[int, int] = field(default_factory=dict[int, int])
    _times: list[Time] = field(default_factory=list[Time])

    def built(self) -> Region:
        """The region with the new circuit."""
        region = self.region
        for number in self._needed():
            self._numbers[number] = self._sum(number) if number in self.terms else self._copy(number)
        names: dict[int, tuple[str, int]] = {}
        for number, name in region.names.items():
            if number in self._numbers:
                names.setdefault(self._numbers[number], name)
        outputs = tuple(self._numbers[output] for output in region.outputs)
        return replace(region, circuit=self.circuit, outputs=outputs, names=names)

    def _needed(self) -> list[int]:
        """The gates that remain, in order, and every input, since each is a port."""
        gates = self.region.circuit.gates
        needed = {*self.region.outputs, *(n for n, gate in enumerate(gates) if isinstance(gate.op, Input))}
        for number in range(len(gates) - 1, -1, -1):
            if number in needed:
                own = self.terms.get(number)
                needed.update(gates[number].operands if own is None else (term.gate for term in own))
        return sorted(needed)

    def _copy(self, number: int) -> int:
        """The gate as it was, and those that it needs."""
        found = self._numbers.get(number)
        if found is not None:
            return found
        gate = self.region.circuit.gates[number]
        operands = [self._copy(operand) for operand in gate.operands]
        self.circuit.tensor = gate.tensor
        match gate.op:
            case Input(port):
                return self.circuit.input(port, gate.lo, gate.hi)
            case Literal(value):
                return self.circuit.literal(value)
            case _:
                return self.circuit.make(gate.op, operands, (gate.lo, gate.hi))

    def _sum(self, number: int) -> int:
        """A sum out of adders of three operands where it ends in time so, else as it was."""
        gate = self.region.circuit.gates[number]
        self.circuit.tensor = gate.tensor
        terms = [replace(term, gate=self._numbers[term.gate]) for term in self.terms[number]]
        for order in dict.fromkeys((self.order, _by_time)):
            made = self._total(terms, (gate.lo, gate.hi), order)
            if self._time(made) <= self.latest[number]:
                return made
        return self._copy(number)

    def _total(self, terms: Sequence[_Term], bounds: tuple[int, int], order: Order) -> int:
        """A tree of adders; with an even number of terms, the first two are added by themselves."""

        def rank(term: _Term) -> tuple[float, ...]:
            gate = self.circuit.gates[term.gate]
            return order(gate, term.places, self._time(term.gate))

        left = [term for term in terms if self.circuit.gates[term.gate].lo or self.circuit.gates[term.gate].hi]
        if all(term.sign < 0 for term in left):
            left.append(_Term(self.circuit.literal(0), 0, 1))
        while len(left) > 3:
            left.sort(key=rank)
            count = 2 if len(left) % 2 == 0 else 3
            left = [self._joined(left[:count]), *left[count:]]
        if len(left) == 1:
            return self.circuit.shifted(left[0].gate, left[0].places)
        total = self._joined(left, bounds)
        return self.circuit.shifted(total.gate, total.places)

    def _joined(self, terms: Sequence[_Term], bounds: tuple[int, int] | None = None) -> _Term:
        """Two or three terms in one adder; the sign that all of them have goes to the result."""
        sign = max(term.sign for term in terms)
        common = min(term.places for term in terms)
        first, *others = sorted(terms, key=lambda term: -term.sign * sign)
        operands = [term.gate for term in (first, *others)]
        places = [term.places - common for term in (first, *others)]
        subtracted = sum(term.sign != sign for term in others)
        two = len(terms) == 2
        op = Add(places[0], places[1], subtracted > 0) if two else AddThree(places[0], places[1], places[2], subtracted)
        ends = None if bounds is None else (-(-bounds[0] >> common), bounds[1] >> common)
        return _Term(self.circuit.make(op, operands, ends), common, sign)

    def _time(self, number: int) -> Time:
        """The end of a new gate."""
        for gate in self.circuit.gates[len(self._times) : number + 1]:
            start = max((self._times[operand] for operand in gate.operands), default=BEGIN)
            self._times.append(finish(start, delay_ns(self.circuit, gate), self.limit_ns))
        return self._times[number]
