"""Counters of slots, choices of operands and accumulators, clock by clock, against a few lines of Python."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.firmware.conftest import Verilator

X_BITS = 96
CLOCKS = 3000
W = 5


@dataclass(frozen=True)
class Case:
    """One counter with what hangs on it: a held value, a choice, a switch, and three accumulators of ``signed`` x."""

    slots: int
    spacing: int
    early: int
    signed: int
    triplicated: int = 0

    @property
    def slot_bits(self) -> int:
        return max((self.slots - 1).bit_length(), 1)

    def verilog(self, n: int) -> str:
        more = f", .TRIPLICATED({self.triplicated})"
        counter = f"#(.SPACING({self.spacing}), .EARLY({self.early}), .W({self.slot_bits}){more})"
        size = f".W({W}), .SLOTS({self.slots}), .WS({self.slot_bits}){more}"
        wired, d = ".clk(clk), .step(step), .slot(slot)", f"x[{1 + W * self.slots - 1}:1]"
        lines = [
            f"  begin : case_{n}",
            f"    wire first, step; wire [{self.slot_bits - 1}:0] slot; wire [{W - 1}:0] h, c, s; wire [8:0] a, b, m;",
            f"    tf_slots {counter} counter (.clk(clk), .start(x[0]), .first(first), .step(step), .slot(slot));",
            f"    tf_hold #(.W({W}){more}) hold (.clk(clk), .load(first), .d(x[{W}:1]), .q(h));",
            f"    tf_choose #({size}) choose ({wired}, .first(first), .d({d}), .q(c));",
            f"    tf_switch #({size}) switched ({wired}, .d({d}), .q(s));",
        ]
        for joining, y in enumerate("abm"):
            size = f".JOINING({joining}), .WX({W}), .SIGNED({self.signed}), .WY({9 if y == 'a' else W}){more}"
            cell = f"tf_accumulate #({size})"
            wide = "[8:0]" if y == "a" else f"[{W - 1}:0]"
            lines.append(f"    {cell} join_{y} (.clk(clk), .first(first), .step(step), .x(x[{W}:1]), .y({y}{wide}));")
        lines += [
            f"    assign b[8:{W}] = 0; assign m[8:{W}] = 0;",
            f"    assign y[{42 * n + 41}:{42 * n}] = {{m, b, a, s, c, h}};",
        ]
        return "\n".join([*lines, "  end"])


CASES = [
    Case(slots, spacing, early, signed, triplicated)
    for triplicated in (0, 1)
    for slots, spacing, early, signed in (
        (2, 1, 0, 0),
        (2, 1, 1, 1),
        (3, 1, 0, 1),
        (5, 1, 1, 0),
        (16, 1, 0, 1),
        (16, 1, 1, 0),
        (3, 2, 0, 0),
        (4, 3, 1, 1),
        (5, 7, 0, 1),
    )
]


def starts() -> list[int]:
    """1 in clocks in which an event begins: as close as any case allows, and with gaps."""
    chance, longest = random.Random(5), max(case.slots * case.spacing for case in CASES)
    found = [0] * CLOCKS
    at = 3
    while at < CLOCKS:
        found[at] = 1
        at += longest + chance.choice([0, 0, 1, 2, 17])
    return found


def expected(case: Case, x: list[int]) -> Iterator[tuple[int, dict[str, int]]]:
    """Clocks, and what the outputs named there must be before the edge that ends them."""

    def number(bits: int) -> int:
        return bits - (1 << W) if case.signed and bits >> (W - 1) else bits

    def lane(clock: int, slot: int) -> int:
        return x[clock] >> 1 + W * slot & (1 << W) - 1

    for begin in [clock + case.early for clock, word in enumerate(x) if word & 1]:
        if begin + case.slots * case.spacing >= len(x):
            return
        seen: list[int] = []
        for slot in range(case.slots):
            clock = begin + slot * case.spacing
            seen.append(number(lane(clock, 0)))
            held = {"h": lane(begin, 0), "c": lane(begin, slot), "s": lane(clock, slot)}
            joined = {"a": sum(seen) & 0x1FF, "b": max(seen) & 0x1F, "m": min(seen) & 0x1F}
            for late in range(1, case.spacing + 1):
                yield clock + late, held | joined


@pytest.fixture(scope="module")
def outputs(
    verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[int], list[int]]:
    folder, chance = tmp_path_factory.mktemp("shared"), random.Random(6)
    bits = 42 * len(CASES)
    head = f"module top (input wire clk, input wire [{X_BITS - 1}:0] x, output wire [{bits - 1}:0] y);"
    body = ["  wire unused = &{1'b0, x};", "  generate", *(case.verilog(n) for n, case in enumerate(CASES))]
    (folder / "top.v").write_text("\n".join([head, *body, "  endgenerate", "endmodule\n"]))
    names = "slots hold choose switch accumulate register register_copy vote".split()
    cells = [firmware / "cells" / f"tf_{name}.v" for name in names]
    program = verilator.build("top", *cells, folder / "top.v", folder=folder)
    x = [chance.getrandbits(X_BITS - 1) << 1 | start for start in starts()]
    sent = b"".join(word.to_bytes(X_BITS // 8, "little") for word in x)
    received = subprocess.run([program], input=sent, capture_output=True, check=True, timeout=120).stdout
    block = -(-bits // 32) * 4
    return x, [int.from_bytes(received[at : at + block], "little") for at in range(0, len(received), block)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_slots_choices_and_accumulators(case: Case, outputs: tuple[list[int], list[int]]) -> None:
    x, y = outputs
    places = {"h": (0, W), "c": (W, W), "s": (2 * W, W), "a": (15, 9), "b": (24, 9), "m": (33, 9)}
    checked = 0
    for clock, values in expected(case, x):
        mine = y[clock] >> 42 * CASES.index(case)
        found = {name: mine >> at & (1 << width) - 1 for name, (at, width) in places.items()}
        assert found == values, (case, clock)
        checked += 1
    assert checked > 100
