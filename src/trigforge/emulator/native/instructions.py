"""Instructions on lanes: the work of one event, done for all events of a block at once.

A register holds one integer an event in lanes of 16, 32 or 64 bits; arithmetic is modulo the width of the lanes. A
``Builder`` collects the instructions of one unit of work, without repeating one; ``alive`` drops what no store needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from trigforge.fixed import Rounding

WIDTHS = (16, 32, 64)
"""Lanes of a register, in bits; in memory there are lanes of 8 bits too."""


class Opcode(StrEnum):
    """The operations on lanes. A ``Rounding`` is an opcode too: it removes places from 64-bit lanes, in one step."""

    LOAD = auto()
    STORE = auto()
    CONSTANT = auto()
    WIDEN = auto()
    NARROW = auto()
    ADD = auto()
    SUBTRACT = auto()
    MULTIPLY = auto()
    ADD_CONSTANT = auto()
    MULTIPLY_CONSTANT = auto()
    AND = auto()
    SHIFT_LEFT = auto()
    SHIFT_RIGHT = auto()
    SHIFT_BY = auto()
    MAXIMUM = auto()
    MINIMUM = auto()
    MAXIMUM_CONSTANT = auto()
    MINIMUM_CONSTANT = auto()
    SELECT = auto()
    LEADING_ONE = auto()
    LOOKUP16 = auto()
    LOOKUP32 = auto()


@dataclass(frozen=True)
class Row:
    """One tensor element in memory: a base pointer of the function, and bytes from there, for each lane of a block."""

    base: str
    offset: int
    size: int
    """bytes of one lane"""


@dataclass(frozen=True)
class Instruction:
    """``opcode`` on registers and literals; ``bits`` is the width of the result (of a store: of the operand).

    The literals alone may differ between units that are run by one loop.
    """

    opcode: Opcode | Rounding
    bits: int
    registers: tuple[int, ...] = ()
    literals: tuple[int, ...] = ()
    base: str = ""
    size: int = 0

    @property
    def skeleton(self) -> tuple[object, ...]:
        return (self.opcode, self.bits, self.registers, self.base, self.size, len(self.literals))


@dataclass(frozen=True)
class Value:
    """An integer from ``lo`` to ``hi`` at the scale ``2**lsb``, in register ``register``; a constant needs none."""

    register: int
    bits: int
    lsb: int
    lo: int
    hi: int

    @property
    def constant(self) -> bool:
        return self.lo == self.hi


def lanes_for(lo: int, hi: int) -> int:
    """The narrowest register lanes that hold ``lo`` to ``hi``."""
    return next((bits for bits in WIDTHS if -(1 << bits - 1) <= lo and hi < 1 << bits - 1), 128)


def bytes_for(lo: int, hi: int) -> int:
    """The narrowest lanes in memory that hold ``lo`` to ``hi``, in bytes."""
    return 1 if lo >= -128 and hi < 128 else lanes_for(lo, hi) // 8


class Builder:
    """The instructions of one unit; register ``n`` is the result of instruction ``n``."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self._known: dict[Instruction, int] = {}
        self.loaded: set[Row] = set()

    def emit(
        self,
        opcode: Opcode | Rounding,
        bits: int,
        registers: Sequence[int] = (),
        literals: Sequence[int] = (),
        row: Row | None = None,
    ) -> int:
        """The register with the result; that of an equal instruction if there is one."""
        base, size, offset = (row.base, row.size, (row.offset,)) if row else ("", 0, ())
        instruction = Instruction(opcode, bits, tuple(registers), (*offset, *literals), base, size)
        known = self._known.get(instruction)
        if known is None:
            known = self._known[instruction] = len(self.instructions)
            self.instructions.append(instruction)
        return known

    def constant(self, value: int, lsb: int) -> Value:
        """A constant, which becomes a register where one is needed."""
        return Value(-1, 16, lsb, value, value)

    def load(self, row: Row, lsb: int, lo: int, hi: int) -> Value:
        """A tensor element, in the narrowest lanes that hold its interval."""
        if lo == hi:
            return self.constant(lo, lsb)
        self.loaded.add(row)
        bits = lanes_for(lo, hi)
        return Value(self.emit(Opcode.LOAD, bits, row=row), bits, lsb, lo, hi)

    def store(self, row: Row, value: Value) -> None:
        """Store ``value`` into the lanes of ``row``, which hold its interval."""
        bits = min(value.bits, max(row.size * 8, 16)) if value.register >= 0 else max(row.size * 8, 16)
        self.emit(Opcode.STORE, bits, (self.register(value, bits),), row=row)

    def register(self, value: Value, bits: int) -> int:
        """The value modulo ``2**bits`` in lanes of that width."""
        if value.register < 0:
            return self.emit(Opcode.CONSTANT, bits, (), (wrapped(value.lo, bits),))
        register, own = value.register, value.bits
        while own < bits:
            register, own = self.emit(Opcode.WIDEN, 2 * own, (register,)), 2 * own
        while own > bits:
            register, own = self.emit(Opcode.NARROW, own // 2, (register,)), own // 2
        return register

    def alive(self) -> list[Instruction]:
        """The instructions that a store needs, renumbered."""
        needed = {n for n, one in enumerate(self.instructions) if one.opcode is Opcode.STORE}
        for n in range(len(self.instructions) - 1, -1, -1):
            if n in needed:
                needed.update(self.instructions[n].registers)
        number = {old: new for new, old in enumerate(sorted(needed))}
        return [
            Instruction(one.opcode, one.bits, tuple(number[r] for r in one.registers), one.literals, one.base, one.size)
            for n, one in enumerate(self.instructions)
            if n in needed
        ]


def wrapped(value: int, bits: int) -> int:
    """``value`` modulo ``2**bits``, in two's complement."""
    return ((value + (1 << bits - 1)) & ((1 << bits) - 1)) - (1 << bits - 1)
