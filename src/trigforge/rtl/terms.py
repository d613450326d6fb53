"""The sums of a region that stay, as terms: what adders are built of anew."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Add, Bits
from trigforge.rtl.hierarchy import Region
from trigforge.rtl.rounding import Rounded, rounded_sums
from trigforge.rtl.schedule import alive


@dataclass(frozen=True)
class Term:
    """``sign * gate * 2**places``."""

    gate: int
    places: int
    sign: int


@dataclass(frozen=True)
class Sums:
    """The sums of a region that remain: of those that are read by one other sum only, none does.

    ``terms`` holds those of each, by gate; ``rounded`` the gates that round one of them, which nothing else reads.
    """

    terms: Mapping[int, Sequence[Term]]
    rounded: Mapping[int, Rounded]


def sums_of(region: Region) -> Sums:
    """The sums of a region, and the roundings of which they take the half in."""
    circuit, sums = region.circuit, dict[int, list[Term]]()
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
    found = rounded_sums(circuit, numbers, region.outputs, sums)
    rounded = {number: own for number, own in found.items() if number not in inside}
    return Sums({number: own for number, own in sums.items() if number not in inside | rounded.keys()}, rounded)


def _parts(term: Term, sums: Mapping[int, Sequence[Term]]) -> list[Term]:
    """The terms of a sum that is a term itself."""
    return [Term(own.gate, own.places + term.places, own.sign * term.sign) for own in sums[term.gate]]


def _behind_zeros(circuit: Circuit, number: int, places: int = 0, sign: int = 1) -> Term:
    """A value as another one to whose right zeros stand."""
    gate = circuit.gates[number]
    while isinstance(gate.op, Bits) and gate.op.low < 0:
        source = circuit.gates[gate.operands[0]]
        if (source.lo << -gate.op.low, source.hi << -gate.op.low) != (gate.lo, gate.hi):
            break
        number, places, gate = gate.operands[0], places - gate.op.low, source
    return Term(number, places, sign)
