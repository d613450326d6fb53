"""The library that Debian ships: cells as in its own Verilog, and designs in it that compute what the emulator does."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.rtl.graphs import STORED
from tests.rtl.test_redundancy import TRIPLICATED, folded, plain, serial
from tests.toolchain.pyosys_process import needs_pyosys, run_script
from trigforge.asic import AsicView, analyse, from_json, read_library, read_netlist
from trigforge.design import DesignPoint, RtlDesign
from trigforge.errors import BitMismatch, ToolMissingError
from trigforge.flow import asic_view
from trigforge.flow.asic_view import AsicOptions, view_as_asic
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, write
from trigforge.rtl import to_project
from trigforge.toolchain import standard_cells
from trigforge.toolchain.standard_cells import OSU018, PACKAGE, CellsRequest, map_to_cells

pytestmark = [
    needs_pyosys,
    pytest.mark.skipif(
        not OSU018.is_file(), reason=f"needs the standard cells of {PACKAGE}: apt-get install {PACKAGE}"
    ),
]
MODULE = re.compile(r"^module (\w+).*?^endmodule", re.MULTILINE | re.DOTALL)
MULTIPLEXER = "udp_mux2 (I0_out, B, A, S);"
TRUTH = """
import json, sys
from pyosys import libyosys
for name in sys.argv[2:]:
    design = libyosys.Design()
    libyosys.run_pass(f"read_verilog {sys.argv[1]}", design)
    libyosys.run_pass(f"hierarchy -top {name}", design)
    libyosys.run_pass("flatten", design)
    pins = ",".join(json.load(open("pins.json"))[name])
    libyosys.run_pass(f"tee -q -o {name}.txt eval -table {pins}", design)
"""
ABC = """
import sys
from pyosys import libyosys
design = libyosys.Design()
abc = f"tee -o abc.txt abc -liberty {sys.argv[1]} -constr constr -D 1000"
for command in ("read_verilog toy.v", "synth -top toy", abc, "write_json netlist.json"):
    libyosys.run_pass(command, design)
"""
SHORT = DesignPoint(rtl=RtlDesign(redundancy=TRIPLICATED))
DESIGNS = {
    "pipeline": lambda: (STORED, plain(SHORT)),
    "triplicated": lambda: (STORED, SHORT),
    "folded": lambda: (folded()[2][0], plain(folded()[2][1])),
    "serial": lambda: (serial()[0][0], plain(serial()[0][1])),
    "weights": lambda: folded()[5],
}


def test_the_cells_are_those_of_the_library_s_own_verilog(tmp_path: Path) -> None:
    """Every gate that can be used, over all its inputs, by Yosys from the Verilog beside the Liberty file."""
    library = read_library(OSU018)
    own = {match[1]: match[0] for match in MODULE.finditer(OSU018.with_suffix(".v").read_text())}
    gates = {name: cell for name, cell in library.cells.items() if cell.register is None}
    assert len(gates) == 26 and gates.keys() <= own.keys()
    texts = "\n".join(own[name] for name in gates)
    assert texts.count(MULTIPLEXER) == 1  # Yosys takes no primitive of a table
    (tmp_path / "gates.v").write_text(texts.replace(MULTIPLEXER, "assign I0_out = S ? A : B;"))
    pins = {name: [*cell.inputs][::-1] for name, cell in gates.items()}
    (tmp_path / "pins.json").write_text(json.dumps(pins))
    run_script(TRUTH, "gates.v", *gates, folder=tmp_path)
    for name, cell in gates.items():
        lines = (tmp_path / f"{name}.txt").read_text().splitlines()
        table = [re.findall(r"1'([01])", line) for line in lines if "1'" in line]
        assert len(table) == 1 << len(cell.inputs), name
        heading = next(line for line in lines if "|" in line and "\\" in line)
        columns = re.findall(r"\\(\w+)", heading)
        for row in table:
            values = dict(zip(columns, map(int, row), strict=True))
            at = sum(values[pin] << bit for bit, pin in enumerate(cell.inputs))
            for pin, output in cell.outputs.items():
                assert output.function.truth(tuple(cell.inputs)) >> at & 1 == values[pin], (name, row)


def toy(text: str, project: RtlProject) -> RtlProject:
    """A project whose core is a hand-written module with no stages."""
    return replace(
        project,
        core="toy",
        files={"toy.v": text},
        sources=("toy.v",),
        stages=(),
        shells=(),
        probed=(),
        library=frozenset(),
    )


def test_a_tiny_design_is_mapped_to_what_a_hand_counts(tmp_path: Path) -> None:
    """Two registers of three bits, an AND for each bit as NAND and inverter or as AND: no more."""
    text = (
        "module toy (input clk, input [2:0] a, input [2:0] b, output reg [2:0] y);\n"
        "  reg [2:0] r;\n  always @(posedge clk) begin r <= a & b; y <= ~r; end\nendmodule\n"
    )
    library = read_library(OSU018)
    written = write(toy(text, to_project(STORED, DesignPoint())), tmp_path)
    told: list[int] = []
    netlist = map_to_cells(written, CellsRequest(OSU018, (), "set_driving_cell BUFX2\nset_load 9\n", 5000), told.append)
    found = read_netlist(netlist, library)
    assert told == [1, 1] and standard_cells.pieces_of(written.project) == 2
    assert sum(group.count for group in found.registers) == 6
    assert {group.cell.name for group in found.registers} == {"DFFPOSX1"}
    gates = sum(group.count for group in found.gates)
    assert 6 <= gates <= 9
    assert found.inputs.keys() == {"a", "b"} and found.outputs.keys() == {"y"}
    area = sum(group.count * group.cell.area_um2 for group in found.groups)
    assert 6 * 96 + 3 * (24 + 16) <= area <= 6 * 96 + 3 * (32 + 16 + 16)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AsicView]:
    folder = tmp_path_factory.mktemp("asic")
    return {name: view_as_asic(*make(), out=folder / name) for name, make in DESIGNS.items()}


@pytest.mark.parametrize("name", DESIGNS)
def test_designs_agree_with_the_emulator_and_their_figures_hang_together(name: str, views: dict[str, AsicView]) -> None:
    view = views[name]
    graph, design = DESIGNS[name]()
    project = to_project(graph, design)
    assert view.digest == graph.digest and view.events == asic_view.EVENTS
    assert view.interval_cycles == project.initiation_interval
    assert sum(stage.cells for stage in view.stages) == sum(entry.count for entry in view.cells)
    assert sum(stage.area_um2 for stage in view.stages) == pytest.approx(view.area_mm2 * 1e6)
    assert view.flip_flops == sum(entry.count for entry in view.cells if entry.cell == "DFFPOSX1") > 0
    assert view.gate_equivalents == pytest.approx(view.area_mm2 * 1e6 / 24)
    assert max(stage.path_ns for stage in view.stages) == pytest.approx(view.critical_path_ns)
    assert view.critical_path_ns == pytest.approx(view.path[-1].at_ns + view.setup_ns)
    ends = [step.at_ns for step in view.path]
    assert ends == sorted(ends) and view.path[0].cell == "DFFPOSX1"
    assert 0 < view.activity < 1 and min(stage.energy.total_pJ for stage in view.stages) > 0
    assert view.power_mW == pytest.approx(view.energy.total_pJ / view.event_ns)
    assert view.extrapolated is not None and view.extrapolated.area_mm2_extrapolated < view.area_mm2


def test_triplicated_registers_stand_three_times_in_the_cells_too(views: dict[str, AsicView]) -> None:
    once, thrice = views["pipeline"], views["triplicated"]
    project = to_project(*DESIGNS["triplicated"]())
    assert thrice.flip_flops == 3 * (project.probe_bits + project.delay_bits) >= 3 * once.flip_flops
    assert thrice.energy.clock_pJ / once.energy.clock_pJ == pytest.approx(thrice.flip_flops / once.flip_flops)
    assert thrice.area_mm2 > once.area_mm2 and thrice.critical_path_ns > once.critical_path_ns


def test_wires_cost_time_and_energy_and_no_area(tmp_path: Path, views: dict[str, AsicView]) -> None:
    graph, design = DESIGNS["pipeline"]()
    wired = view_as_asic(graph, design, out=tmp_path, options=AsicOptions(wire_fF=20.0))
    assert wired.wire_fF == 20 and wired.energy.switching_pJ > 1.5 * views["pipeline"].energy.switching_pJ
    assert wired.critical_path_ns > views["pipeline"].critical_path_ns
    assert from_json((tmp_path / "asic.json").read_text()) == wired


def test_a_netlist_that_is_wrong_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(graph: FixedPointGraph, inputs: dict[str, np.ndarray]) -> object:
        found = run(graph, inputs)
        name = next(iter(found.outputs))
        found.outputs[name][3] += 1
        return found

    run = asic_view.run
    monkeypatch.setattr(asic_view, "run", wrong)
    with pytest.raises(BitMismatch, match="standard cells disagrees with the reference emulator"):
        view_as_asic(*DESIGNS["pipeline"](), out=tmp_path)
    assert not (tmp_path / "asic.json").exists()


def test_the_paths_are_close_to_abc_s_own(tmp_path: Path) -> None:
    """The delay that abc tells of adders without registers, by its own reading of the tables; its inputs come from a
    buffer in the place of a flip-flop, so delays count from there."""
    (tmp_path / "toy.v").write_text(
        "module toy (input clk, input [7:0] a, input [7:0] b, input [7:0] c, output [9:0] y);\n"
        "  assign y = a + b + c;\nendmodule\n"
    )
    (tmp_path / "constr").write_text("set_driving_cell BUFX2\nset_load 8.8\n")
    run_script(ABC, OSU018, folder=tmp_path)
    (told,) = re.findall(r"Delay = +([\d.]+) ps", (tmp_path / "abc.txt").read_text())
    (tmp_path / "netlist.json.gz").write_bytes(gzip.compress((tmp_path / "netlist.json").read_bytes()))
    library = read_library(OSU018)
    netlist = read_netlist(tmp_path / "netlist.json.gz", library)
    timing = analyse(netlist, library, netlist.load_fF(8.8))
    assert timing.critical_path_ns - timing.steps[0].at_ns == pytest.approx(float(told) / 1000, rel=0.1)


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolMissingError, match=r"none\.lib is missing; give a Liberty file"):
        standard_cells.find(tmp_path / "none.lib")
    monkeypatch.setenv(standard_cells.VARIABLE, str(tmp_path / "no.lib"))
    with pytest.raises(ToolMissingError, match="TRIGFORGE_LIBERTY is set to"):
        standard_cells.find()
    monkeypatch.delenv(standard_cells.VARIABLE)
    monkeypatch.setattr(standard_cells, "OSU018", tmp_path / "gone.lib")
    with pytest.raises(ToolMissingError, match="apt-get install qflow-tech-osu018, or set TRIGFORGE_LIBERTY"):
        standard_cells.find()
