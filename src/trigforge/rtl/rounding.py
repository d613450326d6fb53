"""Sums that are rounded to the nearest and read by nothing else: the half of the rounding is one more term of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trigforge.fixed import Rounding
from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.gates import Add, Bits, RoundUp


@dataclass(frozen=True)
class Rounded:
    """``floor(total / 2**drop + 1/2)`` of the gate ``total``."""

    total: int
    drop: int

    @property
    def half(self) -> int:
        """The 1/2 on the scale of ``total``.

        >>> Rounded(total=7, drop=4).half
        8
        """
        return 1 << self.drop - 1


def rounded_sums(
    circuit: Circuit, numbers: Sequence[int], outputs: Collection[int], sums: Collection[int]
) -> dict[int, Rounded]:
    """The gates among ``numbers`` that round one of ``sums`` to the nearest, where nothing else reads it.

    Rounding as it is lowered has two steps, ``floor(x / 2**drop)`` and a bit of ``x`` that is added to it. Lower bits
    of the sum may have been cut off before, since ``floor(floor(x) + 1/2)`` of a finer ``x`` adds the same half to it.
    """
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for number in numbers:
        for operand in circuit.gates[number].operands:
            readers[operand].add(number)
    found: dict[int, Rounded] = {}
    for number in numbers:
        steps = _steps(circuit, circuit.gates[number])
        if steps is None:
            continue
        rounded, inner = steps
        within = {number, *inner}
        alone = all(readers[gate] <= within and gate not in outputs for gate in (rounded.total, *inner))
        if alone and rounded.total in sums and rounded.total not in found:
            found[number] = rounded
    return found


def _steps(circuit: Circuit, gate: Gate) -> tuple[Rounded, tuple[int, ...]] | None:
    """The rounding that ends in a gate, and the gates between it and what is rounded; None for any other gate."""
    if gate.op != Add(0, 0, False):
        return None
    floor, up = (circuit.gates[operand] for operand in gate.operands)
    match floor.op, up.op:
        case Bits(low=drop), RoundUp(rounding=Rounding.RND) if drop > 0:
            (total,), (seen,) = floor.operands, up.operands
        case _:
            return None
    inner = (*gate.operands, *(() if seen == total else (seen,)))
    own = circuit.gates[seen]
    before = 0 if seen == total else _cut_off(circuit.gates, own, total)
    whole = circuit.gates[total]
    keeps = (floor.lo, floor.hi) == (whole.lo >> drop, whole.hi >> drop)
    return (Rounded(total, drop), inner) if keeps and before == drop - up.op.drop else None


def _cut_off(gates: Sequence[Gate], cut: Gate, total: int) -> int | None:
    """The lower bits of ``total`` that a gate leaves out; None for one that changes it otherwise."""
    if not isinstance(cut.op, Bits) or cut.op.low < 0 or cut.operands != (total,):
        return None
    low, whole = cut.op.low, gates[total]
    return low if (cut.lo, cut.hi) == (whole.lo >> low, whole.hi >> low) else None
