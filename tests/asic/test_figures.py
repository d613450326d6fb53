"""Toggles, paths and energy of netlists that can be reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.asic.small import library_file, netlist_file
from tests.rtl.graphs import STORED
from trigforge.asic import (
    Activity,
    Library,
    NetlistSimulation,
    analyse,
    energies,
    extrapolated,
    read_library,
    read_netlist,
    register_overhead_ns,
)
from trigforge.design import DesignPoint
from trigforge.errors import LibraryError, ReportFormatError
from trigforge.project import RtlPort, RtlProject
from trigforge.rtl import to_project

PORTS = {"clk": ("input", [2]), "a": ("input", [3]), "b": ("input", [4]), "y": ("output", [6])}
TWO_GATES = [("NAND2", {"A": 3, "B": 4, "Y": 5}), ("INV", {"A": 5, "Y": 6})]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return read_library(library_file(tmp_path))


def project(inputs: dict[str, int], outputs: dict[str, int], latency: int) -> RtlProject:
    ports = [
        tuple(RtlPort(name, name, (1,), width, False) for name, width in given.items()) for given in (inputs, outputs)
    ]
    return replace(
        to_project(STORED, DesignPoint()), inputs=ports[0], outputs=ports[1], latency_cycles=latency, stages=()
    )


def test_energy_of_two_gates(library: Library, tmp_path: Path) -> None:
    """2 V: a net of 10 fF takes 20 fJ a toggle, the output, which goes to a flip-flop of 8 fF, 16; a gate 2 fJ more."""
    netlist = read_netlist(netlist_file(tmp_path, PORTS, TWO_GATES), library)
    load = netlist.load_fF(8.0)
    assert load[[3, 4, 5, 6]].tolist() == [10, 10, 10, 8]
    assert netlist.load_fF(8.0, 3.0)[[3, 5, 6]].tolist() == [13, 13, 11]
    toggles = np.zeros(netlist.nets, np.int64)
    toggles[[3, 4, 5, 6]] = [4, 2, 3, 3]
    timing = analyse(netlist, library, load)
    (energy,) = energies(netlist, library, Activity(toggles, 8, 2), load, timing.slews, 10.0)
    assert energy.switching_pJ * 1e3 == pytest.approx((20 * (4 + 2 + 3) + 16 * 3) / 2)
    assert energy.internal_pJ * 1e3 == pytest.approx(2 * (3 + 3) / 2)
    assert energy.clock_pJ == 0
    assert energy.leakage_pJ == pytest.approx(1e-3 * 4e-3 * 40)  # 4 nW for 4 cycles of 10 ns, in pJ
    assert energy.total_pJ == energy.dynamic_pJ + energy.leakage_pJ


def test_the_longest_path_of_two_gates(library: Library, tmp_path: Path) -> None:
    """Each stage 0.1 ns + 1 ps / fF + 0.2 slew, slew 0.05 ns + 1 ps / fF; from a flip-flop to one."""
    cells = [("DFF", {"CK": 2, "D": 3, "Q": 7}), ("NAND2", {"A": 7, "B": 4, "Y": 5}), ("INV", {"A": 5, "Y": 6})]
    cells.append(("DFF", {"CK": 2, "D": 6, "Q": 8}))
    netlist = read_netlist(netlist_file(tmp_path, {**PORTS, "y": ("output", [8])}, cells), library)
    timing = analyse(netlist, library, netlist.load_fF(8.0))
    first, nand = 0.1 + 0.01, 0.1 + 0.01 + 0.2 * 0.06
    inverter = 0.1 + 0.008 + 0.2 * 0.06
    assert timing.critical_path_ns == pytest.approx(first + nand + inverter + 0.07)
    assert [step.cell for step in timing.steps] == ["DFF", "NAND2", "INV"]
    assert [step.at_ns for step in timing.steps] == pytest.approx([first, first + nand, first + nand + inverter])
    assert timing.setup_ns == pytest.approx(0.07) and timing.stage_ns.tolist() == [timing.critical_path_ns]
    assert register_overhead_ns(library, 20.0) == pytest.approx(0.12 + 0.07)


@pytest.mark.parametrize(("events", "lanes"), [(8, 1), (8, 2), (160, 16), (160, 80)])
def test_toggles_of_a_counter(events: int, lanes: int, library: Library, tmp_path: Path) -> None:
    """The lower bit toggles in every clock cycle, the higher in every other one, as does their exclusive-or."""
    ports = {"clk": ("input", [2]), "a": ("input", [3]), "y": ("output", [4, 5])}
    cells = [
        ("INV", {"A": 4, "Y": 6}),
        ("XOR2", {"A": 4, "B": 5, "Y": 7}),
        ("DFF", {"CK": 2, "D": 6, "Q": 4}),
        ("DFF", {"CK": 2, "D": 7, "Q": 5}),
    ]
    netlist = read_netlist(netlist_file(tmp_path, ports, cells), library)
    simulation = NetlistSimulation(netlist, project({"a": 1}, {"y": 2}, 1), lanes)
    found = simulation.run({"a": np.arange(events)[:, None] % 2})
    activity = found.activity
    assert (activity.events, activity.cycles) == (events, events)
    half = events // 2
    assert activity.toggles[[3, 4, 5, 6, 7]].tolist() == [events, events, half, events, half]
    assert activity.toggles[0] == activity.toggles[1] == 0
    load = netlist.load_fF(8.0)
    timing = analyse(netlist, library, load)
    (energy,) = energies(netlist, library, activity, load, timing.slews, 5.0)
    assert energy.clock_pJ * 1e3 == pytest.approx(2 * (5 * 2.0**2 + 2 + 4))


def test_a_pipeline_gives_every_event_and_the_same_toggles_in_any_lanes(library: Library, tmp_path: Path) -> None:
    """y = a ^ b two cycles later, of random events; toggles do not depend on the number of lanes."""
    cells = [
        ("DFF", {"CK": 2, "D": 3, "Q": 7}),
        ("DFF", {"CK": 2, "D": 4, "Q": 8}),
        ("XOR2", {"A": 7, "B": 8, "Y": 5}),
        ("DFF", {"CK": 2, "D": 5, "Q": 6}),
    ]
    netlist = read_netlist(netlist_file(tmp_path, PORTS, cells), library)
    rng = np.random.default_rng(1)
    inputs = {name: rng.integers(0, 2, (77, 1)) for name in "ab"}
    counts: list[list[int]] = []
    for lanes in (1, 7, 64, 256):
        told: list[int] = []
        found = NetlistSimulation(netlist, project({"a": 1, "b": 1}, {"y": 1}, 2), lanes).run(
            inputs, progress=told.append
        )
        assert np.array_equal(found.outputs["y"], inputs["a"] ^ inputs["b"])
        assert sum(told) == 77
        counts.append(found.activity.toggles.tolist())
    assert counts[0] == counts[1] == counts[2] == counts[3]
    stream = inputs["a"][:, 0]
    assert counts[0][3] == counts[0][7] == int((stream != np.roll(stream, 1)).sum())


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([("INV", {"A": 5, "Y": 6}), ("INV", {"A": 6, "Y": 5})], "a loop of gates"),
        ([("LATCH", {"D": 3, "Q": 6})], "'LATCH', which cannot be used: it has a latch"),
        ([("OR99", {"D": 3, "Q": 6})], "'OR99', which cannot be used: the library does not have it"),
        ([("DFF", {"CK": 3, "D": 4, "Q": 6})], "clocked by a net other than 'clk'"),
    ],
)
def test_netlists_that_cannot_be_used(
    cells: list[tuple[str, dict[str, int]]], told: str, library: Library, tmp_path: Path
) -> None:
    with pytest.raises(LibraryError, match=told):
        read_netlist(netlist_file(tmp_path, PORTS, cells), library)


def test_a_damaged_netlist(library: Library, tmp_path: Path) -> None:
    path = netlist_file(tmp_path, PORTS, TWO_GATES)
    for content in (path.read_bytes()[:40], b"", b"no gzip"):
        path.write_bytes(content)
        with pytest.raises(ReportFormatError, match="run trigforge cache --clear"):
            read_netlist(path, library)


def test_extrapolation_to_65_nm() -> None:
    found = extrapolated(3.24, 1.8, 100.0, 180, 1.8)
    assert found.area_mm2_extrapolated == pytest.approx(3.24 * (65 / 180) ** 2)
    assert found.critical_path_ns_extrapolated == pytest.approx(0.65)
    assert found.dynamic_energy_pJ_extrapolated == pytest.approx(100 * (65 / 180) * (1.2 / 1.8) ** 2)
    with pytest.raises(LibraryError, match="node 28 nm; figures are extrapolated to 65 nm"):
        extrapolated(1.0, 1.0, 1.0, 28, 0.9)


def test_constants_and_wires_have_no_path(library: Library, tmp_path: Path) -> None:
    """A register that takes a constant, and an output that is one, never change."""
    ports = {"clk": ("input", [2]), "a": ("input", [4]), "y": ("output", [3, "1", "x"])}
    netlist = read_netlist(netlist_file(tmp_path, ports, [("DFF", {"CK": 2, "D": "0", "Q": 3})]), library)
    timing = analyse(netlist, library, netlist.load_fF(8.0))
    assert timing.stage_ns.tolist() == [0.0] and timing.slews.shape == (netlist.nets,)
    assert timing.critical_path_ns == pytest.approx(0.1 + 0.008)
    nothing = read_netlist(netlist_file(tmp_path, {"y": ("output", ["0"])}, []), library)
    assert analyse(nothing, library, nothing.load_fF(8.0)).steps == ()
    found = NetlistSimulation(netlist, project({"a": 1}, {"y": 3}, 1)).run({"a": np.zeros((9, 1), np.int64)})
    assert found.activity.toggles.sum() == 0 and found.outputs["y"].tolist() == 9 * [[2]]
