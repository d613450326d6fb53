"""Stages mapped one by one, kept, counted; their netlists equal in simulation; and what is said where it fails."""

import json
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trigforge.errors import ProjectError, ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.project import RtlPort, RtlProject, StageModule, WrittenProject, write
from trigforge.toolchain import verilator, yosys
from trigforge.toolchain.yosys import MappedStage, map_stages, mapped_netlist

CELL = """\
module toy_add #(parameter W = 8) (input signed [W-1:0] a, b, output signed [W:0] y);
    assign y = a + b;
endmodule
"""
STAGE_1 = """\
module toy_stage1 (input clk, input signed [7:0] a, b, c, output reg signed [8:0] s_q, output reg signed [7:0] c_q);
    wire signed [8:0] s;
    toy_add #(.W(8)) s_cell (.a(a), .b(b), .y(s));
    always @(posedge clk) begin
        s_q <= s;
        c_q <= c;
    end
endmodule
"""
STAGE_2 = """\
module toy_stage2 (input clk, input signed [8:0] s, input signed [7:0] c, output reg signed [16:0] y_q);
    always @(posedge clk) y_q <= s * c;
endmodule
"""
CORE = """\
module toy (input clk, input [23:0] x, output [16:0] y);
    wire [8:0] s;
    wire [7:0] c;
    toy_stage1 first (.clk(clk), .a(x[7:0]), .b(x[15:8]), .c(x[23:16]), .s_q(s), .c_q(c));
    toy_stage2 second (.clk(clk), .s(s), .c(c), .y_q(y));
endmodule
"""


def _project(stage_2: str = STAGE_2) -> RtlProject:
    stages = tuple(
        StageModule(f"toy_stage{n}", "toy", n, copies=1, first_cycle=n - 1, sources=sources, cost=())
        for n, sources in ((1, ("add.v", "stage1.v")), (2, ("stage2.v",)))
    )
    return RtlProject(
        name="toy",
        files={"add.v": CELL, "stage1.v": STAGE_1, "stage2.v": stage_2, "toy.v": CORE},
        library=frozenset({"add.v"}),
        namespace="toy",
        core="toy",
        inputs=(RtlPort("x", "x", (3,), 8, True),),
        outputs=(RtlPort("y", "y", (), 17, True),),
        latency_cycles=2,
        sources=("add.v", "stage1.v", "stage2.v", "toy.v"),
        shells=(),
        stages=stages,
        adder_bits=9.0,
    )


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[WrittenProject[RtlProject], tuple[MappedStage, ...]]:
    """The project, and its mapped stages."""
    written = write(_project(), tmp_path_factory.mktemp("toy") / "rtl")
    return written, map_stages(written, dsp=False)


Toy = tuple[WrittenProject[RtlProject], tuple[MappedStage, ...]]


def _no_yosys(*_: object, **__: object) -> list[str]:
    raise AssertionError("Yosys ran")


def test_counts_of_each_stage(toy: Toy) -> None:
    written, (adder, product) = toy
    assert [adder.stage, product.stage] == list(written.project.stages)
    assert (adder.lut, adder.ff, adder.carry4, adder.carry_bits) == (8, 17, 3, 12)
    assert (product.ff, product.dsp, product.bram_18k, product.uram) == (17, 0, 0, 0)
    assert 60 < product.lut < 160


def test_mapped_netlist_computes_the_same(toy: Toy, tmp_path: Path) -> None:
    written, mapped = toy
    netlist = mapped_netlist(written.project, mapped)
    assert "LUT2" in netlist.files["stage1.v"] and netlist.files["toy.v"] == CORE
    inputs = {"x": np.random.default_rng(1).integers(-128, 128, (500, 3))}
    x = inputs["x"]
    simulation = verilator.compile_rtl(write(netlist, tmp_path), None)
    assert np.array_equal(simulation.run(inputs).outputs["y"], (x[:, 0] + x[:, 1]) * x[:, 2])


def test_only_what_changed_is_mapped_again(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(_project(), tmp_path / "rtl")
    ran: list[int] = []
    run_tools = yosys.run_tools

    def counting(name: str, commands: Any, **options: Any) -> list[str]:
        ran.append(len(commands))
        return run_tools(name, commands, **options)

    monkeypatch.setattr(yosys, "run_tools", counting)
    mapped = map_stages(written, dsp=False)
    seen: list[str] = []
    assert map_stages(written, dsp=False, progress=lambda done: seen.append(done.stage.module)) == mapped
    assert (ran, seen) == ([2], ["toy_stage1", "toy_stage2"])
    edited = write(_project(STAGE_2.replace("s * c", "s - c")), tmp_path / "edited")
    assert map_stages(edited, dsp=False)[1].carry_bits == 12
    assert ran == [2, 1]
    assert len(list((own_cache / "stages").iterdir())) == 3


def test_products_become_dsp_slices_where_asked(tmp_path: Path) -> None:
    project = _project(
        STAGE_2.replace("[8:0] s", "[17:0] s").replace("[7:0] c", "[15:0] c").replace("[16:0]", "[33:0]")
    )
    written = write(replace(project, stages=project.stages[1:]), tmp_path)
    (product,) = map_stages(written, dsp=True)
    assert (product.dsp, product.lut) == (1, 0)


def test_missing_yosys(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    written, _ = toy
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(ToolMissingError) as error:
        map_stages(written, dsp=False)
    assert str(error.value) == (
        "yosys is missing: the Python package pyosys is not installed; run pip install 'trigforge[rtl]'. "
        "Without it, Verilog, its simulation and latency in cycles still work; resources and period are missing"
    )


def test_yosys_that_fails_says_why(tmp_path: Path) -> None:
    written = write(_project(STAGE_2.replace("s * c", "s * nothing(")), tmp_path)
    with pytest.raises(ToolFailedError, match=r"(?s)yosys failed with status 1; .*ERROR: .*syntax error"):
        map_stages(written, dsp=False)


def test_results_that_are_not_understood(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(_project(), tmp_path / "rtl")
    counts = map_stages(written, dsp=False)[0].netlist.parent / yosys.CELLS
    (counts.parent / ".seal").unlink()  # as of a version that did not seal
    monkeypatch.setattr(yosys, "run_tools", _no_yosys)
    counts.write_text(json.dumps({"LUT2": 3, "SRL16E": 2, "IBUF": 1}))
    with pytest.raises(ReportFormatError) as error:
        map_stages(written, dsp=False)
    assert str(error.value) == "stage 'toy_stage1' is mapped to cells that are not counted: IBUF, SRL16E"
    counts.write_text("[]")
    with pytest.raises(ReportFormatError) as error:
        map_stages(written, dsp=False)
    assert str(error.value) == f"{counts} does not count cells by type; run trigforge cache --clear to map again"


def test_a_damaged_stage_is_mapped_again(own_cache: Path, tmp_path: Path) -> None:
    written = write(_project(), tmp_path / "rtl")
    mapped = map_stages(written, dsp=False)
    counts = mapped[0].netlist.parent / yosys.CELLS
    counts.write_text(json.dumps({"LUT2": 3}))
    mapped[1].netlist.unlink()
    assert map_stages(written, dsp=False) == mapped
    assert counts.read_text() != json.dumps({"LUT2": 3}) and mapped[1].netlist.is_file()


def test_cache_that_cannot_be_written(toy: Toy, own_cache: Path) -> None:
    written, _ = toy
    own_cache.mkdir()
    (own_cache / "stages").write_text("a file")
    with pytest.raises(ProjectError) as error:
        map_stages(written, dsp=False)
    assert str(error.value) == (
        f"cache folder {own_cache / 'stages'}: File exists; "
        "free space, make it writable or set TRIGFORGE_CACHE to another one"
    )


def test_stage_without_a_file_of_its_own(toy: Toy) -> None:
    written, mapped = toy
    files = {**written.project.files, "stage1.v": CELL + STAGE_1}
    with pytest.raises(ProjectError) as error:
        mapped_netlist(replace(written.project, files=files), mapped)
    assert str(error.value) == "stage module 'toy_stage1' has no file of its own among add.v, stage1.v"


def test_netlists_without_simulation_models(toy: Toy) -> None:
    written, (first, second) = toy
    with pytest.raises(ProjectError) as error:
        mapped_netlist(written.project, [first, replace(second, bram_18k=2)])
    assert str(error.value) == (
        "stage 'toy_stage2' is mapped to DSP slices or block RAM, of which Yosys has no simulation models; "
        "simulate the Verilog itself"
    )
