"""Paths through netlists small enough to add up by hand, in ps."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from trigforge.errors import ReportFormatError
from trigforge.timing import analyse, read_netlist
from trigforge.timing.delays import delays
from trigforge.timing.netlist import Netlist, parse_netlist

LAUNCH, FROM_LUT, FROM_WIRE = 77, 50 - 25, 100 - 25
LUT_PINS = [78, 94, 134, 148, 178, 224]
ONE = 86 + 22.9


def _cell(kind: str, **pins: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "connections": {pin: bits if isinstance(bits, list) else [bits] for pin, bits in pins.items()},
    }


def _netlist(
    cells: dict[str, Any], inputs: list[int], outputs: list[int], names: dict[str, int] | None = None
) -> Netlist:
    ports = {
        "clk": {"direction": "input", "bits": [1]},
        "x": {"direction": "input", "bits": inputs},
        "y": {"direction": "output", "bits": outputs},
    }
    netnames: dict[str, Any] = {name: {"hide_name": 0, "bits": [net]} for name, net in (names or {}).items()}
    netnames |= {"x": {"hide_name": 0, "bits": inputs}, "$made": {"hide_name": 1, "bits": [9]}}
    return parse_netlist("stage", {"ports": ports, "cells": cells, "netnames": netnames})


def _register(d: int, q: int) -> dict[str, Any]:
    return _cell("FDRE", C=1, CE="1", R="0", D=d, Q=q)


def _ps(netlist: Netlist) -> tuple[float, float]:
    timing = analyse(netlist, wire_factor=1.0)
    return round(1000 * timing.cells_ns, 1), round(1000 * timing.wires_ns, 1)


def test_register_to_register() -> None:
    assert _ps(_netlist({"q": _register(2, 3)}, [2], [3])) == (LAUNCH + FROM_WIRE, ONE)


def test_lut_gives_its_fastest_pin_to_the_last_input() -> None:
    first = _cell("LUT1", I0=2, O=10)
    second = _cell("LUT3", I0=10, I1=3, I2=4, O=11)
    netlist = _netlist({"a": first, "b": second, "q": _register(11, 12)}, [2, 3, 4], [12], {"sum": 10})
    timing = analyse(netlist, wire_factor=1.0)
    assert _ps(netlist) == (LAUNCH + 2 * LUT_PINS[0] + FROM_LUT, round(2 * ONE, 1))
    assert [(step.cell, step.net, step.fanout) for step in timing.steps] == [
        ("register", "x[0]", 1),
        ("LUT1", "sum", 1),
        ("LUT3", "(unnamed)", 1),
        ("FDRE", "(unnamed)", 1),
    ]
    assert timing.logic_ns == timing.cells_ns + timing.wires_ns == timing.period_ns(1.0)
    assert str(timing) == (
        "stage: 0.26 ns in cells + 0.22 ns in wires: register x[0] (0.08 + 0.00), LUT1 sum (0.08 + 0.11), "
        "LUT3 (unnamed) (0.08 + 0.11), FDRE (unnamed) (0.03 + 0.00)"
    )


def test_wires_grow_with_the_fanout() -> None:
    cells = {f"lut{n}": _cell("LUT1", I0=2, O=10 + n) for n in range(4)}
    cells |= {f"q{n}": _register(10 + n, 20 + n) for n in range(4)}
    assert _ps(_netlist(cells, [2], [20, 21, 22, 23])) == (LAUNCH + LUT_PINS[0] + FROM_LUT, round(86 + 2 * 22.9, 1))


def _carry(base: int, s: list[Any], ci: Any = "0", di: Any = "0") -> dict[str, Any]:
    return _cell(
        "CARRY4",
        CI=ci,
        CYINIT="0",
        DI=[di] * 4,
        S=s,
        O=[base + n for n in range(4)],
        CO=[base + 4 + n for n in range(4)],
    )


def test_two_carry4_are_one_carry8() -> None:
    """S0 to O7 of one CARRY8 is 241 ps; the LUT stands in the same slice."""
    cells = {
        "lut": _cell("LUT1", I0=2, O=10),
        "low": _carry(20, [10, "0", "0", "0"]),
        "high": _carry(30, ["0", "0", "0", "0"], ci=27),
        "q": _register(33, 40),
    }
    assert _ps(_netlist(cells, [2], [40])) == (LAUNCH + LUT_PINS[0] + 241 + FROM_LUT, ONE)


def test_chain_of_three_carry4_enters_a_second_carry8() -> None:
    """S0 to CO7 199 ps, to the slice above 20 ps, CIN to O3 82 ps."""
    cells = {
        "lut": _cell("LUT1", I0=2, O=10),
        "third": _carry(50, ["0", "0", "0", "0"], ci=37),
        "second": _carry(30, ["0", "0", "0", "0"], ci=27),
        "first": _carry(20, [10, "0", "0", "0"]),
        "q": _register(53, 60),
    }
    assert _ps(_netlist(cells, [2], [60])) == (LAUNCH + LUT_PINS[0] + 199 + 20 + 82 + FROM_LUT, ONE)


def test_operands_of_a_carry_come_by_wire() -> None:
    """DI1 to O3 102 ps behind the bypass pin; a select signal without a LUT goes through one."""
    data = {"c": _carry(20, ["0"] * 4, di="0"), "q": _register(23, 30)}
    data["c"]["connections"]["DI"] = ["0", 2, "0", "0"]
    assert _ps(_netlist(data, [2], [30])) == (LAUNCH + 65 + 102 + FROM_LUT, ONE)
    select = {"c": _carry(20, ["0", "0", "0", 2]), "q": _register(23, 30)}
    assert _ps(_netlist(select, [2], [30])) == (LAUNCH + LUT_PINS[0] + 61 + FROM_LUT, ONE)


def test_wide_multiplexer() -> None:
    cells = {
        "lut": _cell("LUT1", I0=2, O=10),
        "mux": _cell("MUXF7", I0=10, I1="0", S="0", O=11),
        "mux8": _cell("MUXF8", I0=11, I1="0", S=3, O=12),
        "q": _register(12, 20),
    }
    assert _ps(_netlist(cells, [2, 3], [20])) == (LAUNCH + LUT_PINS[0] + 60 + 70 + 41 + FROM_LUT, ONE)


def test_paths_end_at_cells_without_known_delays() -> None:
    cells = {"lut": _cell("LUT1", I0=2, O=10), "dsp": _cell("DSP48E2", A=[10], P=[11]), "q": _register(11, 20)}
    netlist = _netlist(cells, [2], [20])
    assert analyse(netlist).unmodelled == ("DSP48E2",)
    assert _ps(netlist) == (LAUNCH + LUT_PINS[0], round(2 * ONE, 1))


def test_nothing_to_time() -> None:
    timing = analyse(_netlist({}, [2], [2]))
    assert (timing.cells_ns, timing.wires_ns, timing.steps) == (0.0, 0.0, ())


def test_loops_are_refused() -> None:
    cells = {"a": _cell("LUT1", I0=11, O=10), "b": _cell("LUT1", I0=10, O=11)}
    with pytest.raises(ReportFormatError) as error:
        analyse(_netlist(cells, [], [11]))
    assert str(error.value) == "module 'stage': its mapped logic feeds back into itself; a stage holds no loops"


def test_netlist_file(tmp_path: Path) -> None:
    path = tmp_path / "stage.netlist.json.gz"
    module = {"ports": {}, "cells": {}, "netnames": {}}
    path.write_bytes(gzip.compress(json.dumps({"modules": {"stage": module}}).encode()))
    assert read_netlist(path).module == "stage"
    for content in (b"no gzip", gzip.compress(b"{}"), gzip.compress(json.dumps({"modules": {}}).encode())):
        path.write_bytes(content)
        with pytest.raises(ReportFormatError) as error:
            read_netlist(path)
        assert str(error.value) == ("stage.netlist.json.gz is no netlist of one mapped module; remove it and map again")


def test_figures_agree_with_the_published_files(shared: Path) -> None:
    """The shared file of RapidWright holds what ``timing.toml`` says."""
    lines = [
        line.split() for line in (shared / "timing" / "rapidwright_intrasite_delay_terms.txt").read_text().splitlines()
    ]
    single = {(line[0], line[1]): float(line[2]) for line in lines if len(line) >= 3 and line[-1] == "SINGLE_CY8"}
    carry = delays().carry
    assert carry.s[0][7] == single["S0", "O7"] and carry.cin[15] == single["CIN", "CO7"]
    assert carry.di[0][7] == single["DI0", "O7"]
    luts = [float(line[2]) for line in lines if len(line) == 3 and line[1] == "O6" and line[0].startswith("A")]
    assert sorted(luts) == list(delays().lut_inside)
