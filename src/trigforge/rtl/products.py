"""Products that take longer than a pipeline stage, as sums of products by parts of one operand, with stages between."""

from collections.abc import Sequence

from trigforge.rtl.circuit import Circuit, Gate, natural_bounds
from trigforge.rtl.delays import digits_of, multiplier, product_delay_ns
from trigforge.rtl.gates import Add, Bits, Multiply, width_of
from trigforge.rtl.hierarchy import Module, Region, with_regions


def with_short_products(module: Module, limit_ns: float) -> Module:
    """A module that computes the same, and whose products out of look-up tables take ``limit_ns`` at most.

    Products by a single digit (two bits) stay as they are, however long they take.
    """
    return with_regions(module, lambda region: _in_region(region, limit_ns))


def _in_region(region: Region, limit_ns: float) -> Region:
    old, new = region.circuit, Circuit()
    if not any(_is_long(old, gate, limit_ns) for gate in old.gates):
        return region
    numbers: dict[int, int] = {}
    for number, gate in enumerate(old.gates):
        operands = [numbers[operand] for operand in gate.operands]
        new.tensor = gate.tensor
        is_product = isinstance(gate.op, Multiply)
        numbers[number] = (
            _product(new, operands, (gate.lo, gate.hi), limit_ns) if is_product else new.again(gate, operands)
        )
    return region.in_circuit(new, numbers)


def _is_long(circuit: Circuit, gate: Gate, limit_ns: float) -> bool:
    operands = [circuit.gates[operand] for operand in gate.operands]
    return isinstance(gate.op, Multiply) and product_delay_ns(operands, gate.width) > limit_ns


def _product(circuit: Circuit, operands: Sequence[int], bounds: tuple[int, int], limit_ns: float) -> int:
    """``a * b`` within bounds, as ``(a * (b >> places) << places) + a * (b % 2**places)`` where it takes too long."""
    own = [circuit.gates[operand] for operand in operands]
    by = multiplier(own)
    places = 2 * (digits_of(own[by]) // 2) - 1
    if places < 1 or product_delay_ns(own, width_of(*bounds)[0]) <= limit_ns:
        return circuit.make(Multiply(), operands, bounds)
    factor, other = operands[by], operands[1 - by]
    parts = circuit.shifted(factor, -places), circuit.make(Bits(0, places, False), (factor,))
    high, low = (_product(circuit, (other, part), _widest(circuit, other, part), limit_ns) for part in parts)
    return circuit.make(Add(places, 0, False), (high, low), bounds)


def _widest(circuit: Circuit, *operands: int) -> tuple[int, int]:
    return natural_bounds(Multiply(), [circuit.gates[operand] for operand in operands])
