"""``build``: what it leaves behind, with and without the vendor's tool (played by the fakes of ``mock_commands``)."""

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

import trigforge
from tests.small_graph import SMALL
from trigforge.design import (
    Backend,
    Budget,
    DesignPoint,
    Fpga,
    HlsDesign,
    LayerDesign,
    Multipliers,
    RtlDesign,
    Strategy,
)
from trigforge.errors import BudgetError, DesignError, EventsError, ToolMissingError
from trigforge.export import read_patterns
from trigforge.fixed import FixedTypes
from trigforge.flow import builder, verify
from trigforge.flow.coverage import measure
from trigforge.flow.observer import Silent
from trigforge.flow.route_result import BuildOptions
from trigforge.graph import GraphInput, UserLayer, load_graph
from trigforge.reports import (
    BuildReport,
    BuildRoute,
    Figure,
    Implementation,
    Making,
    Missing,
    Provenance,
    Verdict,
    Verification,
    load_report,
)
from trigforge.resources.parts import FpgaResource

MOCKS = Path(__file__).resolve().parents[1] / "mock_commands"


@pytest.fixture(autouse=True)
def no_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XILINX_HLS", "XILINX_VIVADO", "MOCK_HLS", "TRIGFORGE_CSYNTH_TIMEOUT_S"):
        monkeypatch.delenv(variable, raising=False)


def hls(report: BuildReport) -> Implementation:
    found = report.implementation(BuildRoute.HLS)
    assert found is not None
    return found


def test_without_the_vendor_the_report_says_what_is_missing_and_why(tmp_path: Path) -> None:
    report = trigforge.build(SMALL, out=tmp_path)
    assert report.verified and report.verification[0].events == 10_000
    for _, _, leaf in (*hls(report).latency.leaves(), *hls(report).mapped.leaves()):
        assert isinstance(leaf, Missing) and leaf.reason.startswith("Vitis HLS is missing")
    assert load_report(tmp_path / "report.json") == report
    assert load_graph(tmp_path / "graph.json").digest == report.graph_digest == SMALL.digest


def test_the_verilog_is_measured_mapped_and_estimated(tmp_path: Path) -> None:
    report = trigforge.build(SMALL, out=tmp_path)
    built = report.implementation(BuildRoute.RTL)
    assert built is not None
    assert [entry.simulator for entry in report.verification] == [
        "csim",
        "RTL",
        "RTL, gaps in valid",
        "RTL, reset in mid-stream",
        "RTL in AXI4-Stream, back-pressure",
        "RTL in AXI4-Stream, back-pressure, slow source",
        "RTL in AXI4-Stream, reset in mid-stream",
    ]
    kinds = {name: leaf.provenance for name, _, leaf in built.latency.leaves() if isinstance(leaf, Figure)}
    measured, estimated = Provenance.MEASURED, Provenance.ESTIMATED
    assert kinds == {"cycles": measured, "initiation_interval": measured, "clock_period_ns": estimated, "ns": estimated}
    assert isinstance(built.mapped[FpgaResource.LUT], Figure) and built.mapped[FpgaResource.LUT].provenance is measured
    placed = built.placed[FpgaResource.LUT]
    assert isinstance(placed, Figure) and placed.provenance is estimated and not placed.outside_range
    assert sum(stage.copies * stage.lut for stage in built.stages) == built.mapped[FpgaResource.LUT].value
    assert {layer.name for layer in built.layers} == {"dense", "relu", "y"}
    assert [node.kind for node in report.graph] == ["Input", "Dense", "Relu", "Requantize"]
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert read_patterns(tmp_path / "patterns").outputs["y"].shape == (1000, 2)


def test_the_mapped_netlist_is_one_more_simulator(tmp_path: Path) -> None:
    report = trigforge.build(SMALL, out=tmp_path, options=BuildOptions(netlist=True))
    assert report.verification[-1] == Verification("mapped netlist", 1000, 2, 0)


def test_a_budget_that_is_broken_fails_the_build_after_the_report(tmp_path: Path) -> None:
    shown: list[BuildReport] = []
    message = r"^over budget: latency_cycles: \d cycles .* over the budget of 1 cycle; "
    with pytest.raises(BudgetError, match=message):
        trigforge.build(
            SMALL,
            DesignPoint(rtl=RtlDesign(stage_delay_ns=0.3)),
            budget=Budget(latency_cycles=1),
            out=tmp_path,
            show=shown.append,
        )
    assert shown == [load_report(tmp_path / "report.json")]
    assert shown[0].verified and shown[0].budget[0].verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("module", "delivered"), [("verilator", {"csim"}), ("yosys", {"csim", "RTL"}), ("gxx", set[str]())]
)
def test_without_a_tool_the_rest_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, delivered: set[str]
) -> None:
    def missing() -> None:
        raise ToolMissingError(f"{module} is missing: install it")

    monkeypatch.setattr(f"trigforge.toolchain.{module}.find", missing)
    with pytest.raises(ToolMissingError, match=rf"^{module} is missing: install it$"):
        trigforge.build(SMALL, out=tmp_path)
    report = load_report(tmp_path / "report.json")
    assert {entry.simulator.split(",")[0].split(" in ")[0] for entry in report.verification} == delivered
    assert report.notices == (f"{module} is missing: install it",)
    assert (tmp_path / "hls").is_dir() and (tmp_path / "rtl").is_dir()
    built = report.implementation(BuildRoute.RTL)
    assert built is not None and isinstance(built.mapped[FpgaResource.LUT], Figure) == (module != "yosys")
    assert isinstance(built.latency.cycles, Figure) == (module == "yosys")
    placed = built.placed[FpgaResource.LUT]
    assert isinstance(placed, Figure) and placed.source.startswith("not mapped: ") == (module == "yosys")


def test_vivado_takes_the_place_of_estimates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XILINX_VIVADO", str(MOCKS))
    file = tmp_path / "calibration.json"
    design = DesignPoint(target=Fpga(clock_period_ns=2.0))
    with pytest.raises(BudgetError, match=r"^over budget: clock_period_ns: 2.126 ns \(vendor\) is 0.126 ns over"):
        trigforge.build(SMALL, design, out=tmp_path / "b", options=BuildOptions(place=True), calibration=file)
    report = load_report(tmp_path / "b" / "report.json")
    built = report.implementation(BuildRoute.RTL)
    assert built is not None
    assert isinstance(built.latency.cycles, Figure)
    leaves = [built.placed[FpgaResource.LUT], built.placed[FpgaResource.FF], built.mapped[FpgaResource.LUT]]
    for leaf in (built.latency.clock_period_ns, *leaves):
        assert isinstance(leaf, Figure) and leaf.provenance is Provenance.VENDOR
    record = json.loads(file.read_text())
    assert record["graph_digest"] == report.graph_digest and record["pipeline_stages"] == built.latency.cycles.value
    assert "small" not in file.read_text()


def test_report_json_holds_the_keys_that_others_read(tmp_path: Path) -> None:
    trigforge.build(SMALL, DesignPoint(target=Fpga(clock_period_ns=4.0)), out=tmp_path)
    table = json.loads((tmp_path / "report.json").read_text())
    old = ("model", "graph_digest", "design", "verification", "latency", "resources", "environment")
    new = ("implementations", "budget", "graph", "coverage", "notices", "approximations", "comparison", "quality")
    assert set(table) == {*old, *new, "making"}
    assert table["verification"][0] == {"simulator": "csim", "events": 10_000, "outputs": 2, "mismatches": 0}
    assert list(table["latency"]) == ["cycles", "initiation_interval", "clock_period_ns", "ns"]
    assert list(table["resources"]) == ["lut", "ff", "carry_bits", "dsp", "bram_18k", "uram"]
    assert table["design"]["target"]["clock_period_ns"] == 4.0
    assert {"trigforge", "hls4ml", "numpy", "python", "g++", "verilator", "yosys"} <= set(table["environment"])


@pytest.mark.parametrize(("backend", "tool"), [(Backend.VITIS, "vitis_hls"), (Backend.VIVADO, "vivado_hls")])
def test_with_the_vendor_its_figures_fill_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: Backend, tool: str
) -> None:
    monkeypatch.setenv("XILINX_HLS", str(MOCKS))
    report = trigforge.build(SMALL, DesignPoint(hls=HlsDesign(backend=backend)), out=tmp_path)
    built = hls(report)
    for _, _, leaf in built.latency.leaves():
        assert not isinstance(leaf, Missing)
        assert leaf.provenance is Provenance.VENDOR and leaf.source.startswith(tool)
    assert not isinstance(built.mapped[FpgaResource.LUT], Missing) and built.mapped[FpgaResource.LUT].value > 0
    assert tool in report.environment


def test_a_failed_synthesis_takes_nothing_from_the_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XILINX_HLS", str(MOCKS))
    monkeypatch.setenv("MOCK_HLS", "failure")
    report = trigforge.build(SMALL, out=tmp_path)
    assert report.verified
    cycles = hls(report).latency.cycles
    assert isinstance(cycles, Missing) and "vitis_hls" in cycles.reason


LAYERED = replace(
    SMALL,
    nodes=tuple(
        replace(node, layers=layers) for node, layers in zip(SMALL.nodes, (("fc",), ("fc", "act"), ()), strict=True)
    ),
    layers=(UserLayer("fc", "QDense"), UserLayer("flatten", "Flatten"), UserLayer("act", "QActivation", "softmax")),
)


def test_the_report_speaks_of_the_layers_of_the_model(tmp_path: Path) -> None:
    report = trigforge.build(LAYERED, out=tmp_path)
    built = report.implementation(BuildRoute.RTL)
    assert built is not None
    told = [(layer.name, layer.kind) for layer in built.layers]
    assert "the softmax of layer 'act' is left out: the outputs are the values before it" in report.notices
    assert told[:3] == [("fc", "QDense"), ("flatten", "Flatten"), ("act", "QActivation")]
    assert [[node.name for node in layer.nodes] for layer in built.layers[:3]] == [["dense", "relu"], [], []]
    assert set(told[3:]) <= {("x", "Input"), ("y", "")}
    assert isinstance(lut := built.mapped[FpgaResource.LUT], Figure)
    assert round(sum(layer.lut for layer in built.layers)) == lut.value
    assert [node.layers for node in report.graph] == [(), ("fc",), ("fc", "act"), ()]


def test_a_graph_without_layers_is_told_by_its_nodes(tmp_path: Path) -> None:
    built = trigforge.build(SMALL, out=tmp_path).implementation(BuildRoute.RTL)
    assert built is not None
    for layer in built.layers:
        assert [node.name for node in layer.nodes] == [layer.name]
    assert ("dense", "Dense") in [(layer.name, layer.kind) for layer in built.layers]


def test_what_is_built_otherwise_than_asked_is_told(tmp_path: Path) -> None:
    design = DesignPoint(layers={"fc": LayerDesign(Strategy.RESOURCE, 3)})
    report = trigforge.build(LAYERED, design, out=tmp_path)
    assert report.notices[-2:] == (
        "HLS C++ builds 'fc' as RESOURCE with reuse_factor 2, the nearest that there is; asked was RESOURCE with "
        "reuse_factor 3",
        "the Verilog ignores the exceptions of 'fc', which concern HLS C++ alone",
    )
    (product,) = hls(report).multiplications
    assert (product.node, product.layers, product.reuse_factor_asked, product.reuse_factor) == ("dense", ("fc",), 3, 2)
    assert "Verilog ignores the exceptions" in (tmp_path / "report.html").read_text()


def test_vivado_hls_cannot_be_kept_from_dsp_slices(tmp_path: Path) -> None:
    told = "Vivado HLS has no setting for multipliers = 'LUT' and may take DSP slices; backend = 'VITIS' has one"
    for multipliers in Multipliers:
        design = DesignPoint(hls=HlsDesign(Backend.VIVADO, multipliers=multipliers))
        report = trigforge.build(LAYERED, design, out=tmp_path)
        assert (told in report.notices) is (multipliers is Multipliers.LUT)


def test_an_unknown_layer_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"^layer 'fc1' is not in the model; nearest is 'fc'$"):
        trigforge.build(LAYERED, DesignPoint(layers={"fc1": LayerDesign()}), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_reuse_factor_that_cannot_be_had_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    graph = replace(SMALL, inputs=(GraphInput("x", (5, 2), FixedTypes.from_kif(1, 3, [1, 2])),))
    said = (
        "layer 'dense': reuse_factor = 3 does not divide the 20 products of 'dense'; valid are the divisors of 20, "
        "nearest 2 and 4: set one below [layers.dense]"
    )
    design = DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=3))
    with pytest.raises(DesignError, match=f"^{re.escape(said)}$"):
        trigforge.build(graph, design, out=tmp_path / "out")
    with pytest.raises(DesignError, match=f"^{re.escape(said)}$"):
        verify(graph, design, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_design_point_changes_an_output_bit(tmp_path: Path) -> None:
    events = np.random.default_rng(0).normal(size=(500, 2)) * 4
    designs = [
        DesignPoint(),
        DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=2)),
        DesignPoint(layers={"dense": LayerDesign(Strategy.DISTRIBUTED_ARITHMETIC)}),
        DesignPoint(
            target=Fpga(part="xcku115-flvb2104-2-e", clock_period_ns=10.0), hls=HlsDesign(backend=Backend.VIVADO)
        ),
    ]
    for number, design in enumerate(designs):
        assert trigforge.build(SMALL, design, events=events, out=tmp_path / str(number)).verified


def test_coverage_of_the_events_that_the_build_verifies_on(tmp_path: Path) -> None:
    events = np.random.default_rng(0).normal(size=(500, 2)) * 4
    report = trigforge.build(SMALL, events=events, out=tmp_path)
    assert report.coverage == measure(SMALL, events, Silent()) and report.coverage.events == 500
    assert load_report(tmp_path / "report.json") == report
    assert "Measured on 500 events." in (tmp_path / "report.html").read_text()
    assert trigforge.build(SMALL, out=tmp_path).coverage is None, "nobody's events are made-up ones"


def test_coverage_is_measured_in_blocks_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    events = np.random.default_rng(0).normal(size=(9000, 2)) * 4
    monkeypatch.setattr("trigforge.flow.coverage.MOST_EVENTS", 5000)
    assert measure(SMALL, {"x": events}, Silent()) == measure(SMALL, events[:5000], Silent())


def test_emulate_takes_host_values() -> None:
    events = np.array([[0.26, -0.3], [7.9, -8.0]])
    named = trigforge.emulate(SMALL, {"x": events})
    assert (named.outputs["y"] == trigforge.emulate(SMALL, events).outputs["y"]).all()
    with pytest.raises(EventsError, match=r"^input 'x' is not among the events, which hold \['z'\]; give it too$"):
        trigforge.emulate(SMALL, {"z": events})


def test_a_report_of_an_earlier_build_does_not_outlive_a_failed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigforge.build(SMALL, out=tmp_path)
    monkeypatch.setattr("trigforge.flow.builder.run", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trigforge.build(SMALL, out=tmp_path)
    assert not (tmp_path / "report.json").exists() and not (tmp_path / "report.html").exists()


def test_verify_keeps_the_report_of_the_same_build_only(tmp_path: Path) -> None:
    trigforge.build(SMALL, out=tmp_path)
    found = verify(SMALL, out=tmp_path)
    assert [entry.simulator for entry in found[:2]] == ["csim", "RTL"] and all(entry.agrees for entry in found)
    assert (tmp_path / "report.json").exists()
    verify(SMALL, DesignPoint(target=Fpga(clock_period_ns=2.5)), out=tmp_path)
    assert not (tmp_path / "report.json").exists()


def test_a_build_tells_when_and_from_what_it_was_made_and_what_changed_since(tmp_path: Path) -> None:
    making = Making(checkpoint="net.json", checkpoint_sha256="ab", events="my.root", command="trigforge synth net")
    options = BuildOptions(only=BuildRoute.RTL)
    first = trigforge.build(SMALL, out=tmp_path, options=options)
    assert first.making is not None and first.making == replace(Making(), date=first.making.date)
    assert datetime.strptime(first.making.date, "%Y-%m-%dT%H:%MZ").year >= 2026
    assert 'id="since"' not in (tmp_path / "report.html").read_text()
    slower = DesignPoint(rtl=RtlDesign(stage_delay_ns=1.0))
    builder.build(SMALL, slower, out=tmp_path, options=options, making=making)
    page = (tmp_path / "report.html").read_text()
    since = page[page.index('id="since"') :]
    assert "which computes the same bits" in since and "rtl.stage_delay_ns" in since and "latency in cycles" in since
    for told in ("net.json, SHA-256 ab", "my.root", "trigforge synth net"):
        assert told in since
    stored = load_report(tmp_path / "report.json").making
    assert stored is not None and replace(stored, date="") == making
    builder.build(SMALL, slower, out=tmp_path, options=options)
    assert "No figure differs from the build of" in (tmp_path / "report.html").read_text()
    (tmp_path / "report.json").write_text("{")
    builder.build(SMALL, slower, out=tmp_path, options=options)
    assert 'id="since"' not in (tmp_path / "report.html").read_text()
