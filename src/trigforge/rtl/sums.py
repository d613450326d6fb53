"""Sums of many terms out of adders of three operands, which take one look-up table a bit, as those of two do.

Sums whose parts nothing else reads are taken apart into terms and built anew. A sum ends no later than the pipeline
allows that the circuit had before; where adders of three operands are too slow, it stays as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.delays import cost_bits, delay_ns
from trigforge.rtl.gates import Add, AddThree, Input
from trigforge.rtl.hierarchy import Region
from trigforge.rtl.schedule import BEGIN, Time, alive, finish, latest_ends, schedule_early
from trigforge.rtl.terms import Sums, Term, sums_of

REGISTERS_A_TABLE = 2
"""flip-flops that stand beside one look-up table of UltraScale+ (AMD UG574, chapter 2)"""


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


def fewer_adders(region: Region, limit_ns: float) -> Region:
    """A region that computes the same in no more stages of ``limit_ns``, and costs no more; itself if none is cheaper.

    The cost is that of logic, and of the tables whose place registers take.
    """
    sums = sums_of(region)
    if not sums.rounded and all(len(own) < 3 for own in sums.terms.values()):
        return region
    latest = latest_ends(region.circuit, region.outputs, limit_ns)
    found = [_Building(region, sums, latest, limit_ns, order).built() for order in _ORDERS]
    return min([region, *found], key=lambda made: _cost(made, limit_ns))


def _cost(region: Region, limit_ns: float) -> tuple[int, float]:
    """The stages of a region, and its tables."""
    circuit = region.circuit
    plan = schedule_early(circuit, region.outputs, region.static, limit_ns)
    bits = sum(cost_bits(circuit, circuit.gates[gate]) for gate in alive(circuit, region.outputs))
    return plan.latency_cycles, bits + plan.register_bits(circuit) / REGISTERS_A_TABLE


@dataclass
class _Building:
    """The new circuit of a region, gate by gate."""

    region: Region
    sums: Sums
    latest: Mapping[int, Time]
    limit_ns: float
    order: Order
    circuit: Circuit = field(default_factory=Circuit)
    _numbers: dict[int, int] = field(default_factory=dict[int, int])
    _times: list[Time] = field(default_factory=list[Time])

    def built(self) -> Region:
        """The region with the new circuit."""
        for number in self._needed():
            self._numbers[number] = self._built(number)
        return self.region.in_circuit(self.circuit, self._numbers)

    def _built(self, number: int) -> int:
        """One gate anew."""
        if number in self.sums.rounded:
            return self._rounded(number)
        return self._sum(number) if number in self.sums.terms else self._copy(number)

    def _needed(self) -> list[int]:
        """The gates that remain, in order, and every input, since each is a port."""
        gates = self.region.circuit.gates
        needed = {*self.region.outputs, *(n for n, gate in enumerate(gates) if isinstance(gate.op, Input))}
        for number in range(len(gates) - 1, -1, -1):
            if number in needed:
                rounded = self.sums.rounded.get(number)
                own = self.sums.terms.get(number if rounded is None else rounded.total)
                needed.update(gates[number].operands if own is None else (term.gate for term in own))
        return sorted(needed)

    def _copy(self, number: int) -> int:
        """The gate as it was, and those that it needs."""
        found = self._numbers.get(number)
        if found is not None:
            return found
        gate = self.region.circuit.gates[number]
        return self.circuit.again(gate, [self._copy(operand) for operand in gate.operands])

    def _sum(self, number: int) -> int:
        """A sum out of adders of three operands where it ends in time so, else as it was."""
        gate = self.region.circuit.gates[number]
        made = self._in_time(self._terms(number), 0, (gate.lo, gate.hi), gate.tensor, self.latest[number])
        return self._copy(number) if made is None else made

    def _rounded(self, number: int) -> int:
        """A rounded sum with the half as one more term where that takes no adder and ends in time, else as it was."""
        gate, rounded = self.region.circuit.gates[number], self.sums.rounded[number]
        terms = self._with_half(self._terms(rounded.total), rounded.half)
        if terms is not None:
            bounds = gate.lo << rounded.drop, (gate.hi + 1 << rounded.drop) - 1
            made = self._in_time(terms, -rounded.drop, bounds, gate.tensor, self.latest[number])
            if made is not None:
                return made
        self._numbers[rounded.total] = self._sum(rounded.total)
        return self._copy(number)

    def _terms(self, number: int) -> list[Term]:
        """The terms of a sum in the new circuit."""
        return [replace(term, gate=self._numbers[term.gate]) for term in self.sums.terms[number]]

    def _with_half(self, terms: Sequence[Term], half: int) -> list[Term] | None:
        """Terms with one more, a power of two, where that takes no adder: it stands in zeros of a term that is added,
        or beside terms of an even number; None elsewhere."""
        place = half.bit_length() - 1
        for n, term in enumerate(terms):
            if term.sign > 0 and term.places > place and not self.circuit.has_offset(term.gate):
                shifted = Add(term.places - place, 0, False)
                made = self.circuit.make(shifted, (term.gate, self.circuit.literal(1)))
                return [*terms[:n], Term(made, place, 1), *terms[n + 1 :]]
        return None if len(terms) % 2 else [*terms, Term(self.circuit.literal(1), place, 1)]

    def _in_time(
        self, terms: Sequence[Term], places: int, bounds: tuple[int, int], tensor: str, latest: Time
    ) -> int | None:
        """The total times ``2**places``, rounded down, within bounds before that; None where it ends too late."""
        self.circuit.tensor = tensor
        for order in dict.fromkeys((self.order, _by_time)):
            made = self.circuit.shifted(self._total(terms, bounds, order), places)
            if self._time(made) <= latest:
                return made
        return None

    def _total(self, terms: Sequence[Term], bounds: tuple[int, int], order: Order) -> int:
        """A tree of adders; with an even number of terms, the first two are added by themselves."""

        def rank(term: Term) -> tuple[float, ...]:
            gate = self.circuit.gates[term.gate]
            return order(gate, term.places, self._time(term.gate))

        left = [term for term in terms if self.circuit.gates[term.gate].lo or self.circuit.gates[term.gate].hi]
        if all(term.sign < 0 for term in left):
            left.append(Term(self.circuit.literal(0), 0, 1))
        while len(left) > 3:
            left.sort(key=rank)
            count = 2 if len(left) % 2 == 0 else 3
            left = [self._joined(left[:count]), *left[count:]]
        if len(left) == 1:
            return self.circuit.shifted(left[0].gate, left[0].places)
        total = self._joined(left, bounds)
        return self.circuit.shifted(total.gate, total.places)

    def _joined(self, terms: Sequence[Term], bounds: tuple[int, int] | None = None) -> Term:
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
        return Term(self.circuit.make(op, operands, ends), common, sign)

    def _time(self, number: int) -> Time:
        """The end of a new gate."""
        for gate in self.circuit.gates[len(self._times) : number + 1]:
            start = max((self._times[operand] for operand in gate.operands), default=BEGIN)
            self._times.append(finish(start, delay_ns(self.circuit, gate), self.limit_ns))
        return self._times[number]
