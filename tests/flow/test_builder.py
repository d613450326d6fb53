"""``build``: what it leaves behind, with and without the vendor's tool (played by the fakes of ``mock_commands``)."""

import json
from pathlib import Path

import numpy as np
import pytest

import trigforge
from tests.small_graph import SMALL
from trigforge.errors import EventsError, ToolMissingError
from trigforge.flow import verify
from trigforge.graph import Backend, DesignPoint, Strategy, digest, load_graph
from trigforge.reports import Missing, Provenance, load_report

MOCKS = Path(__file__).resolve().parents[1] / "mock_commands"


@pytest.fixture(autouse=True)
def no_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XILINX_HLS", "MOCK_HLS", "TRIGFORGE_CSYNTH_TIMEOUT_S"):
        monkeypatch.delenv(variable, raising=False)


def test_without_the_vendor_the_report_says_what_is_missing_and_why(tmp_path: Path) -> None:
    report = trigforge.build(SMALL, out=tmp_path)
    assert report.verified and report.verification[0].events == 10_000
    for _, _, leaf in (*report.latency.leaves(), *report.resources.leaves()):
        assert isinstance(leaf, Missing) and leaf.reason.startswith("Vitis HLS is missing")
    assert load_report(tmp_path / "report.json") == report
    assert digest(load_graph(tmp_path / "graph.json")) == report.graph_digest == digest(SMALL)


def test_report_json_holds_the_keys_that_others_read(tmp_path: Path) -> None:
    trigforge.build(SMALL, DesignPoint(clock_period_ns=4.0), out=tmp_path)
    table = json.loads((tmp_path / "report.json").read_text())
    assert set(table) == {*("model", "graph_digest", "design", "verification", "latency", "resources", "environment")}
    assert table["verification"] == [{"simulator": "csim", "events": 10_000, "outputs": 2, "mismatches": 0}]
    assert list(table["latency"]) == ["cycles", "initiation_interval", "clock_period_ns", "ns"]
    assert list(table["resources"]) == ["lut", "ff", "dsp", "bram_18k", "uram"]
    for leaf in (*table["latency"].values(), *table["resources"].values()):
        assert leaf["value"] is None and leaf["reason"]
    assert table["design"]["clock_period_ns"] == 4.0
    assert {"trigforge", "hls4ml", "numpy", "python", "g++"} <= set(table["environment"])


@pytest.mark.parametrize(("backend", "tool"), [(Backend.VITIS, "vitis_hls"), (Backend.VIVADO, "vivado_hls")])
def test_with_the_vendor_its_figures_fill_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: Backend, tool: str
) -> None:
    monkeypatch.setenv("XILINX_HLS", str(MOCKS))
    report = trigforge.build(SMALL, DesignPoint(backend=backend), out=tmp_path)
    for _, _, leaf in report.latency.leaves():
        assert not isinstance(leaf, Missing)
        assert leaf.provenance is Provenance.VENDOR and leaf.source.startswith(tool)
    assert not isinstance(report.resources.lut, Missing) and report.resources.lut.value > 0
    assert tool in report.environment


def test_a_failed_synthesis_takes_nothing_from_the_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XILINX_HLS", str(MOCKS))
    monkeypatch.setenv("MOCK_HLS", "failure")
    report = trigforge.build(SMALL, out=tmp_path)
    assert report.verified
    assert isinstance(report.latency.cycles, Missing) and "vitis_hls" in report.latency.cycles.reason


def test_no_design_point_changes_an_output_bit(tmp_path: Path) -> None:
    events = np.random.default_rng(0).normal(size=(500, 2)) * 4
    designs = [
        DesignPoint(),
        DesignPoint(strategy=Strategy.RESOURCE, reuse_factor=2),
        DesignPoint(backend=Backend.VIVADO, part="xcku115-flvb2104-2-e", clock_period_ns=10.0),
    ]
    for number, design in enumerate(designs):
        assert trigforge.build(SMALL, design, events=events, out=tmp_path / str(number)).verified


def test_emulate_takes_host_values() -> None:
    events = np.array([[0.26, -0.3], [7.9, -8.0]])
    named = trigforge.emulate(SMALL, {"x": events})
    assert (named.outputs["y"] == trigforge.emulate(SMALL, events).outputs["y"]).all()
    with pytest.raises(EventsError, match=r"^input 'x' is not among the events, which hold \['z'\]$"):
        trigforge.emulate(SMALL, {"z": events})


def test_a_report_of_an_earlier_build_does_not_outlive_a_failed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigforge.build(SMALL, out=tmp_path)
    monkeypatch.setenv("TRIGFORGE_GXX", "no-such-compiler")
    with pytest.raises(ToolMissingError):
        trigforge.build(SMALL, out=tmp_path)
    assert not (tmp_path / "report.json").exists()


def test_verify_keeps_the_report_of_the_same_build_only(tmp_path: Path) -> None:
    trigforge.build(SMALL, out=tmp_path)
    (found,) = verify(SMALL, out=tmp_path)
    assert (found.simulator, found.mismatches) == ("csim", 0)
    assert (tmp_path / "report.json").exists()
    verify(SMALL, DesignPoint(clock_period_ns=2.5), out=tmp_path)
    assert not (tmp_path / "report.json").exists()
