"""What ``import trigforge`` takes: graphs, files, names, arrays, files of events, design files."""

from pathlib import Path

import numpy as np
import pytest

import trigforge
from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.design import DesignPoint, Fpga, load_design
from trigforge.errors import EventsError, ReportFormatError
from trigforge.events import list_columns, read_events
from trigforge.flow import interactive
from trigforge.flow.route_result import BuildOptions
from trigforge.graph import FixedPointGraph, load_graph, save_graph
from trigforge.reports import BuildReport, BuildRoute

VALUES = np.random.default_rng(0).uniform(-2, 2, (300, 2))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    save_graph(SMALL, folder / "net.json")
    np.savez(folder / "events.npz", a=VALUES[:, 0], b=VALUES[:, 1], kind=np.arange(300) % 2)
    (folder / "design.toml").write_text("[target]\nclock_period_ns = 4.0\n[budget]\nlatency_cycles = 50\n")
    (folder / "model.toml").write_text(
        'name = "mine"\nversion = 1\ncheckpoint = "net.json"\ndesign = "design.toml"\n[events]\nfile = "events.npz"\n'
        '[labels]\ncolumn = "kind"\nclasses = ["no", "yes"]\n[inputs.x]\nbranches = ["a", "b"]\n'
    )
    return folder


def test_emulate_takes_graphs_and_names_arrays_and_files(here: Path) -> None:
    expected = trigforge.emulate(SMALL, VALUES).outputs["y"]
    found = [
        trigforge.emulate("mine", here / "events.npz"),
        trigforge.emulate(here, VALUES),
        trigforge.emulate(SMALL, here / "events.npz", branches={"x": ("a", "b")}),
        trigforge.emulate(SMALL, VALUES, engine="native"),
        trigforge.emulate(SMALL, np.tile(VALUES, (8, 1))),
    ]
    for result in found:
        assert np.array_equal(result.outputs["y"][:300], expected) and result.outputs["y"].dtype == np.int64
    assert [result.simulator for result in found] == ["reference emulator"] * 3 + ["native"] * 2


def test_a_trace_is_of_the_reference() -> None:
    result = trigforge.emulate(SMALL, np.tile(VALUES, (8, 1)), trace=True)
    assert result.simulator == "reference emulator" and set(result.tensors) == set(SMALL.tensors)


def test_build_takes_a_folder_with_its_design_its_events_and_its_labels(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[FixedPointGraph, DesignPoint, dict[str, object]]] = []
    monkeypatch.setattr(interactive.builder, "build", lambda graph, design, **more: calls.append((graph, design, more)))
    trigforge.build("mine")
    trigforge.build("mine", DesignPoint(target=Fpga(clock_period_ns=3.0)), events=VALUES, out=Path("o"))
    trigforge.build(SMALL, here / "design.toml", events=VALUES, labels=np.arange(300) % 2)
    (_, own, first), (_, given, second), (_, file, third) = calls
    assert own.target.clock_period_ns == file.target.clock_period_ns == 4.0 and given.target.clock_period_ns == 3.0
    assert first["budget"] == third["budget"] and first["budget"] is not None and second["budget"] is None
    assert first["labels"].source.classes == ("no", "yes") and second["labels"] is None  # type: ignore[attr-defined]
    assert len(third["labels"].values) == 300 and second["out"] == Path("o")  # type: ignore[attr-defined]


def test_a_column_of_labels_wants_a_file(here: Path) -> None:
    with pytest.raises(EventsError, match="labels 'kind' name a column, but the events are arrays; give"):
        trigforge.build(SMALL, events=VALUES, labels="kind")


def test_what_is_shown_of_a_graph() -> None:
    assert (
        repr(SMALL)
        == f"FixedPointGraph('small', version 1, {SMALL.digest[:12]}: x [2] -> y [2], {len(SMALL.nodes)} nodes)"
    )
    page = SMALL._repr_html_()
    assert page is not None and page.startswith("<iframe srcdoc=") and "<script" not in page


def test_a_profile_has_weights_and_values(tmp_path: Path) -> None:
    found = trigforge.profile("mine", VALUES)
    assert found.events == 300 and found.values[0].name == "x"
    assert all(entry.last_bit < entry.first_bit for entry in (*found.weights, *found.values))
    found.plot(tmp_path / "p.svg")
    assert (tmp_path / "p.svg").read_text().startswith("<?xml") and "300 events" in repr(found)


def test_builds_side_by_side(tmp_path: Path) -> None:
    reports: list[BuildReport] = [
        trigforge.build("mine", DesignPoint(target=Fpga(clock_period_ns=clock)), out=tmp_path / f"{clock:g}")
        for clock in (4.0, 8.0)
    ]
    found = trigforge.compare(*reports)
    rows = {row.name: row for row in found.rows}
    assert found.same_bits and rows["target.clock_period_ns"].second == "8.0" and not rows["graph"].changed
    assert rows["latency in cycles"].ratio is not None and rows["all together"].ratio == 1
    code, out, _ = invoke("compare", str(tmp_path / "4"), str(tmp_path / "8" / "report.json"))
    assert code == 0 and out.endswith(f"page: {tmp_path / '8' / 'compared.html'}\n") and "accuracy" in out
    assert "SAME BITS" in (tmp_path / "8" / "compared.html").read_text()
    with pytest.raises(ReportFormatError, match="No such file or directory"):
        trigforge.compare(tmp_path / "4", tmp_path / "5")
    (report, _) = reports
    assert repr(report).startswith("BuildReport('mine', VERIFIED to the bit") and len(repr(report)) < 200
    assert "accuracy" in report.summary() and "<iframe" in report._repr_html_()
    report.plot(tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 5000


def test_verify_takes_a_name_and_paths_as_text(tmp_path: Path) -> None:
    found = trigforge.verify("mine", "models/mine/design.toml", out="proof")
    assert [entry.simulator for entry in found][:2] == ["csim", "RTL"] and all(entry.agrees for entry in found)
    assert found[0].events == 300 and (tmp_path / "proof" / "rtl").is_dir()
    values = read_events("models/mine/events.npz", {"kind": ()})["kind"]
    assert len(values) == 300 and list_columns("models/mine/events.npz")[0].name == "a"
    assert load_graph("models/mine/net.json") == SMALL and load_design("models/mine/design.toml").budget is not None


def test_a_report_names_its_files_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    report = trigforge.build("mine", out="built", options=BuildOptions(only=BuildRoute.RTL))
    assert report.making is not None
    assert (report.making.checkpoint, report.making.events) == ("models/mine/net.json", "models/mine/events.npz")
    assert len(report.making.checkpoint_sha256) == 64 and report.making.command == ""
    assert str(tmp_path) not in (tmp_path / "built" / "report.json").read_text()
