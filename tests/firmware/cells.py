"""What every cell of firmware/cells computes, on Python integers, and the parameterizations that are tested."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

Parameters = dict[str, int]


@dataclass(frozen=True)
class Cell:
    """`operands` are the ports and the parameters of their widths; `expected` gives y as an unbounded integer."""

    name: str
    operands: tuple[tuple[str, str], ...]
    choices: dict[str, tuple[int, ...]]
    expected: Callable[[Parameters, dict[str, int]], int]

    def small(self, count: int) -> Iterator[Parameters]:
        """All combinations of `choices`, or `count` of them, always the same ones."""
        every = [dict(zip(self.choices, values, strict=True)) for values in product(*self.choices.values())]
        yield from every if len(every) <= count else random.Random(self.name).sample(every, count)


def signed(value: int, width: int, is_signed: int = 1) -> int:
    """The integer that the low `width` bits of value say."""
    value &= (1 << width) - 1
    return value - (1 << width) if is_signed and value >> (width - 1) else value


def _operand(p: Parameters, v: dict[str, int], name: str) -> int:
    upper = name.upper()
    return signed(v[name], p[f"W{upper}"], p.get(f"SIGNED_{upper}", 0)) << p.get(f"SHIFT_{upper}", 0)


def _add(p: Parameters, v: dict[str, int]) -> int:
    a, b = _operand(p, v, "a"), _operand(p, v, "b")
    return a - b if p["SUBTRACT"] else a + b


def _add_three(p: Parameters, v: dict[str, int]) -> int:
    a, b, c = (_operand(p, v, name) for name in "abc")
    return a + (-b if p["SUBTRACTED"] > 1 else b) + (-c if p["SUBTRACTED"] else c)


def _saturate(p: Parameters, v: dict[str, int]) -> int:
    x, width = _operand(p, v, "x"), p["WY"]
    lo, hi = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if p["SIGNED_Y"] else (0, (1 << width) - 1)
    match p["MODE"]:
        case 0:
            return min(max(x, lo), hi)
        case 1:
            return x if lo <= x <= hi else 0
        case _:
            return min(max(x, -hi if p["SIGNED_Y"] else lo), hi)


def _round_up(p: Parameters, v: dict[str, int]) -> int:
    x, drop = _operand(p, v, "x"), p["DROP"]
    floor, rest, half = x >> drop, x & ((1 << drop) - 1), 1 << (drop - 1)
    halves_up = {2: True, 3: x < 0, 4: x >= 0, 5: False, 6: bool(floor & 1)}
    match p["MODE"]:
        case 0:
            return 0
        case 1:
            return int(x < 0 and rest > 0)
        case mode:
            return int(rest > half or (rest == half and halves_up[mode]))


_FLAG = (0, 1)
_A = ("a", "WA")
_B = ("b", "WB")
_C = ("c", "WC")
_SHIFTED_PAIR = {
    "WA": (1, 2, 4),
    "SIGNED_A": _FLAG,
    "SHIFT_A": (0, 1, 2, 5),
    "WB": (1, 2, 4),
    "SIGNED_B": _FLAG,
    "SHIFT_B": (0, 1, 3, 6),
}

CELLS = (
    Cell("tf_add", (_A, _B), {**_SHIFTED_PAIR, "SUBTRACT": _FLAG, "WY": (1, 2, 3, 5, 8, 12)}, _add),
    Cell(
        "tf_add_three",
        (_A, _B, _C),
        {
            **_SHIFTED_PAIR,
            "WC": (1, 3),
            "SIGNED_C": _FLAG,
            "SHIFT_C": (0, 2, 4, 7),
            "SUBTRACTED": (0, 1, 2),
            "WY": (1, 2, 4, 7, 10, 14),
        },
        _add_three,
    ),
    Cell(
        "tf_multiply",
        (_A, _B),
        {
            "WA": (1, 2, 3, 4),
            "SIGNED_A": _FLAG,
            "WB": (1, 3, 4, 5),
            "SIGNED_B": _FLAG,
            "WY": (1, 3, 4, 6, 8, 9, 12),
            "USE_DSP": _FLAG,
        },
        lambda p, v: _operand(p, v, "a") * _operand(p, v, "b"),
    ),
    Cell("tf_at_least", (_A, _B), _SHIFTED_PAIR, lambda p, v: int(_operand(p, v, "a") >= _operand(p, v, "b"))),
    Cell(
        "tf_select",
        (("sel", ""), _A, _B),
        {**_SHIFTED_PAIR, "WY": (1, 2, 4, 9)},
        lambda p, v: _operand(p, v, "a") if v["sel"] else _operand(p, v, "b"),
    ),
    Cell(
        "tf_relu",
        (("x", "WX"),),
        {"WX": (1, 2, 3, 6, 8), "WY": (1, 2, 5, 8, 10)},
        lambda p, v: max(signed(v["x"], p["WX"]), 0),
    ),
    Cell(
        "tf_saturate",
        (("x", "WX"),),
        {"WX": (1, 2, 4, 8), "SIGNED_X": _FLAG, "WY": (1, 2, 3, 4, 6, 9), "SIGNED_Y": _FLAG, "MODE": (0, 1, 2)},
        _saturate,
    ),
    Cell(
        "tf_round_up",
        (("x", "WX"),),
        {"WX": (1, 2, 4, 7), "SIGNED_X": _FLAG, "DROP": (1, 2, 3, 6, 9), "MODE": tuple(range(7))},
        _round_up,
    ),
    Cell(
        "tf_leading_one",
        (("x", "WX"),),
        {"WX": (1, 2, 3, 5, 8), "WY": (1, 2, 3, 5)},
        lambda p, v: max(v["x"].bit_length() - 1, 0),
    ),
    Cell(
        "tf_shift_left",
        (("x", "WX"), ("n", "WN")),
        {"WX": (1, 2, 4), "SIGNED_X": _FLAG, "WN": (1, 2, 4), "WY": (1, 3, 6, 12)},
        lambda p, v: _operand(p, v, "x") << v["n"],
    ),
)
