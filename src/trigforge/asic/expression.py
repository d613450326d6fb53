"""``Expression``: the logic functions of Liberty cells, on whole words of bits at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.errors import LibraryError

Words = npt.NDArray[np.uint64]
"""64 bits of independent simulations in each element"""
MOST_INPUTS = 6
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)
_COLUMNS = tuple(
    np.uint64(sum(1 << row for row in range(1 << MOST_INPUTS) if row >> bit & 1)) for bit in range(MOST_INPUTS)
)
_TOKEN = re.compile(r"\s*([A-Za-z_][\w.\[\]]*|[01]|[()!'^*&+|])")


class Gate(Enum):
    """The operations, tightest binding first: ``!A`` or ``A'``, ``A ^ B``, ``A & B`` or ``A * B`` or ``A B``, ``A | B``
    or ``A + B``."""

    NOT = 0
    XOR = 1
    AND = 2
    OR = 3


@dataclass(frozen=True)
class Expression:
    """A pin (``name``), a constant (the name ``0`` or ``1``), or a gate of others."""

    gate: Gate | None
    name: str
    operands: tuple["Expression", ...] = ()

    def evaluate(self, pins: Mapping[str, Words]) -> Words:
        """The value for the values of the pins, arrays of one shape; ``KeyError`` for a pin without one."""
        match self.gate:
            case None:
                if self.name in "01":
                    return np.zeros_like(next(iter(pins.values()))) if self.name == "0" else _full(pins)
                return pins[self.name]
            case Gate.NOT:
                return ~self.operands[0].evaluate(pins)
            case Gate.XOR:
                return self.operands[0].evaluate(pins) ^ self.operands[1].evaluate(pins)
            case Gate.AND:
                return self.operands[0].evaluate(pins) & self.operands[1].evaluate(pins)
            case Gate.OR:
                return self.operands[0].evaluate(pins) | self.operands[1].evaluate(pins)
            case _ as unreachable:
                assert_never(unreachable)

    @property
    def pins(self) -> frozenset[str]:
        """The pins that occur."""
        if self.gate is None:
            return frozenset() if self.name in "01" else frozenset({self.name})
        return frozenset[str]().union(*(operand.pins for operand in self.operands))

    def truth(self, pins: tuple[str, ...]) -> int:
        """The truth table over ``pins``, at most 6: bit ``i`` is the value where pin ``k`` holds bit ``k`` of ``i``."""
        columns = {pin: np.array([_COLUMNS[bit]], np.uint64) for bit, pin in enumerate(pins)}
        return int(self.evaluate(columns or {"": np.zeros(1, np.uint64)})[0]) & ((1 << (1 << len(pins))) - 1)


def _full(pins: Mapping[str, Words]) -> Words:
    return np.full_like(next(iter(pins.values())), _ONES)


def parse(text: str) -> Expression:
    """The expression of a text; ``LibraryError`` for one that is none."""
    tokens, at = list[str](), 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise LibraryError(f"the function {text!r} cannot be read at {text[at:].strip()[:10]!r}")
        tokens.append(match[1])
        at = match.end()
    left = tokens[::-1]
    found = _sum(left, text)
    if left:
        raise LibraryError(f"the function {text!r} cannot be read at {left[-1]!r}")
    return found


def _sum(left: list[str], text: str) -> Expression:
    found = _product(left, text)
    while left and left[-1] in "+|":
        left.pop()
        found = Expression(Gate.OR, "", (found, _product(left, text)))
    return found


def _product(left: list[str], text: str) -> Expression:
    found = _difference(left, text)
    while left and left[-1] not in "+|)":
        if left[-1] in "*&":
            left.pop()
        found = Expression(Gate.AND, "", (found, _difference(left, text)))
    return found


def _difference(left: list[str], text: str) -> Expression:
    found = _factor(left, text)
    while left and left[-1] == "^":
        left.pop()
        found = Expression(Gate.XOR, "", (found, _factor(left, text)))
    return found


def _factor(left: list[str], text: str) -> Expression:
    inverted = False
    while left and left[-1] == "!":
        inverted = not inverted
        left.pop()
    token = left.pop() if left else ""
    if token == "(":
        found = _sum(left, text)
        if not left or left.pop() != ")":
            raise LibraryError(f"the function {text!r} lacks a ')'")
    elif token and token not in "!'^*&+|)":
        found = Expression(None, token)
    else:
        raise LibraryError(f"the function {text!r} cannot be read at {token or 'its end'!r}")
    while left and left[-1] == "'":
        inverted = not inverted
        left.pop()
    return Expression(Gate.NOT, "", (found,)) if inverted else found
