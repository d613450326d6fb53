"""The project as a value: the stored Verilog, what it is made of, and that it says where it comes from."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rtl.graphs import CORNERS, PAIR, RELOADED, STORED, graph
from trigforge.design import DesignPoint, Fpga, Multipliers, RtlDesign
from trigforge.graph import Einsum, GraphInput
from trigforge.graph.equation import Equation
from trigforge.project import RtlProject, Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

GOLDEN = Path(__file__).parent / "golden"
FAST = DesignPoint(rtl=RtlDesign(stage_delay_ns=0.9))


@pytest.fixture(scope="module")
def stored() -> RtlProject:
    return to_project(STORED, FAST)


def test_the_verilog_is_the_stored_one(stored: RtlProject, golden: Callable[[Path, str], None]) -> None:
    own = {path: text for path, text in stored.files.items() if path.startswith("core/")}
    for path, text in own.items():
        golden(GOLDEN / path, text)
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.glob("core/*.v")} == own.keys()


def test_the_stored_verilog_has_no_warning(stored: RtlProject, tmp_path: Path) -> None:
    written = write(stored, tmp_path)
    for path in (GOLDEN / "core").glob("*.v"):
        assert path.read_text() == (tmp_path / "core" / path.name).read_text()
    verilator.lint_rtl(written)
    verilator.lint_rtl(written, None)
    verilator.lint_rtl(written, probes=True)


def test_the_same_graph_and_design_give_the_same_bytes(stored: RtlProject) -> None:
    again = to_project(STORED, FAST)
    assert again == stored and again.digest == stored.digest
    assert to_project(STORED, DesignPoint(rtl=RtlDesign(stage_delay_ns=0.4))).digest != stored.digest
    assert to_project(replace(STORED, version=2), FAST).digest != stored.digest
    assert to_project(STORED, replace(FAST, target=Fpga(clock_period_ns=1.0))) == stored


def test_every_file_says_what_it_is_and_where_it_comes_from(stored: RtlProject) -> None:
    for path, text in stored.files.items():
        if path not in stored.library:
            assert "stored version 1" in text.split("`default_nettype")[0], path
            assert max(len(line) for line in text.splitlines()) < 400, path
    assert STORED.digest in stored.files["core/stored_v1.v"]
    assert not [path for path, text in stored.files.items() if "/work" in text or "/tmp" in text or "/root" in text]


@pytest.mark.parametrize("name", CORNERS)
def test_sources_hold_every_module_once(name: str) -> None:
    project = to_project(CORNERS[name], FAST)
    for sources, top in ((project.sources, project.core), (project.probed, f"{project.core}_probed")):
        texts = [project.files[path] for path in sources]
        declared = Counter(found for text in texts for found in re.findall(r"^\s*module (\w+)", text, re.MULTILINE))
        assert set(declared.values()) == {1}
        used = {found for text in texts for found in re.findall(r"^\s+(\w+) (?:#\(.*\)\s*)?\w+ \(\.?", text, re.M)}
        assert declared.keys() - {top} <= used
    for stage in project.stages:
        assert set(stage.sources) <= {*project.sources}
        assert stage.sources[-1] == f"core/{stage.module}.v"
    assert project.adder_bits == sum(cost * stage.copies for stage in project.stages for _, cost in stage.cost)


def test_ports_and_stages_of_the_stored_graph(stored: RtlProject) -> None:
    (port,) = stored.inputs
    assert (port.name, port.tensor, port.shape, port.width, port.signed) == ("x_in", "x", (2, 3), 6, True)
    assert [(port.name, port.tensor, port.shape) for port in stored.outputs] == [("rho_out", "rho", (1,))]
    assert [shell for shell, _ in stored.shells] == [shell for shell in Shell if shell is not Shell.RELOADABLE]
    assert {stage.copies for stage in stored.stages if stage.region == "short"} == {2}
    last = max(stage.first_cycle for stage in stored.stages)
    assert stored.latency_cycles == last + 1
    assert {name for stage in stored.stages for name, _ in stage.cost} >= {"phi", "relu", "short", "pooled", "rho"}
    assert [path for path in stored.sources if "table" in path] == ["core/stored_v1_table_0.v"]


def test_probes_cover_every_register(stored: RtlProject) -> None:
    offsets = [probe.offset for probe in stored.probes]
    widths = [probe.width for probe in stored.probes]
    assert offsets == [sum(widths[:n]) for n in range(len(widths))] and sum(widths) == stored.probe_bits
    assert {probe.path for probe in stored.probes} == {
        (("particles", 0), ("short", 0)),
        (("particles", 1), ("short", 0)),
        (("rho", 0),),
    }
    assert max(probe.cycle for probe in stored.probes) == stored.latency_cycles


def test_registers_are_ports_that_no_event_holds() -> None:
    project = to_project(RELOADED["reloaded"], FAST)
    assert [(port.name, port.register) for port in project.inputs] == [("x_in", False), ("w_in", True)]
    assert "w_in" in project.files["shells/reloaded_v1_tmux.v"]


def test_names_in_the_graph_are_names_in_the_verilog() -> None:
    project = to_project(CORNERS["one_identifier"], FAST)
    assert [port.name for port in (*project.inputs, *project.outputs)] == [
        "jet_pt_in",
        "jet_pt_in_1x",
        "a_b_out",
        "a_b_out_1x",
        "z_out",
    ]


def test_a_product_is_a_dsp_where_the_design_point_says_so() -> None:
    found = graph(
        "product", [PAIR, GraphInput("y", (2,), PAIR.types)], [("z", Einsum(Equation.parse("a,a->")), ("x", "y"))]
    )
    for name, use in (("LUT", 0), ("DSP", 1)):
        project = to_project(found, DesignPoint(rtl=RtlDesign(multipliers=Multipliers[name])))
        text = "".join(project.files[path] for path in project.sources if path.startswith("core/"))
        assert re.findall(r"USE_DSP\((\d)\)", text) == [str(use)] * 2
