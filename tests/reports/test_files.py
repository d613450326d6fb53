"""``report.json``: its form is a contract, it reads back equal, and it is written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import trigforge.reports
from trigforge.design import DesignPoint
from trigforge.errors import ProjectError, ReportFormatError
from trigforge.reports import (
    BuildReport,
    BuildRoute,
    Figure,
    Latency,
    Missing,
    Provenance,
    Verdict,
    Verification,
    from_json,
    load_report,
    save_report,
    to_json,
)
from trigforge.reports.files import print_schema
from trigforge.resources.parts import FpgaResource

SCHEMA_FILE = Path(trigforge.reports.__file__).parent / "report.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text())


KEYS = """
    model graph_digest design verification latency resources implementations environment budget graph coverage notices
    approximations comparison quality
""".split()


def test_keys_and_leaves_without_vendor_tool(without_vendor: BuildReport) -> None:
    form = json.loads(to_json(without_vendor))
    assert list(form) == KEYS
    assert form["verification"] == [
        {"simulator": "hls4ml C simulation", "events": 10000, "outputs": 5, "mismatches": 0}
    ]
    assert list(form["latency"]) == ["cycles", "initiation_interval", "clock_period_ns", "ns"]
    assert list(form["resources"]) == ["lut", "ff", "carry_bits", "dsp", "bram_18k", "uram"]
    assert form["resources"]["lut"] == {
        "value": None,
        "unit": "LUT",
        "provenance": None,
        "source": None,
        "reason": "Vitis HLS was not found; set XILINX_HLS to its installation folder",
    }
    assert form["design"]["target"]["part"] == "xcvu13p-flga2577-2-e"
    assert form["environment"]["g++"] == "12.2.0"


def test_leaves_with_vendor_tool(with_vendor: BuildReport) -> None:
    form = json.loads(to_json(with_vendor))
    source = "vitis_hls 2023.2, jet_tagger_csynth.xml"
    assert form["latency"]["cycles"] == {"value": 19, "unit": "cycles", "provenance": "vendor", "source": source}
    assert form["latency"]["ns"] == {"value": 95.0, "unit": "ns", "provenance": "vendor", "source": source}
    assert form["latency"] == form["implementations"][0]["latency"]
    assert form["resources"] == form["implementations"][0]["mapped"]


def test_estimates_budget_and_graph(full: BuildReport) -> None:
    form = json.loads(to_json(full))
    assert form["implementations"][0]["placed"]["lut"] == {
        "value": 57600,
        "unit": "LUT",
        "provenance": "estimated",
        "source": "LUT model, 20 placed designs of one family, 4.3 % rms leave-one-out; 68 % of designs lie within",
        "low": 55100,
        "high": 60200,
        "outside_range": True,
    }
    assert [line["verdict"] for line in form["budget"]] == ["met", "met", "cannot tell", "violated", "cannot tell"]
    assert form["budget"][4]["found"]["unit"] == "URAM"
    assert form["graph"][0]["widths"] == {"9": 32, "12": 16}
    assert form["graph"][0]["body_of"] is None and form["graph"][2]["body_of"] == "jet.iq"


def test_reads_back_equal_and_fits_the_schema(
    without_vendor: BuildReport, with_vendor: BuildReport, full: BuildReport
) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    empty = BuildReport("empty", "0" * 64, DesignPoint(), (), (), {})
    for report in (without_vendor, with_vendor, full, empty):
        assert from_json(to_json(report)) == report
        jsonschema.validate(json.loads(to_json(report)), SCHEMA)


def test_numbers_stand_on_one_line_and_texts_stay(full: BuildReport) -> None:
    noted = replace(full, notices=("a list [ 1, 2 ]\nin a text",))
    text = to_json(noted)
    assert '"observed_lo": [-4, 0],' in text and '"shape": [16, 3],' in text
    assert from_json(text) == noted


def test_the_verilog_comes_first(full: BuildReport) -> None:
    verilog, hls = full.implementations
    assert full.principal == verilog == replace(full, implementations=(hls, verilog)).principal
    assert replace(full, implementations=(hls,)).principal == hls
    nothing = replace(full, implementations=())
    assert (
        nothing.principal is None
        and nothing.latency.ns == Missing("nothing was built") == nothing.resources[FpgaResource.LUT]
    )


def test_the_schema_lists_every_choice() -> None:
    definitions = SCHEMA["$defs"]
    figure, estimate, _ = (form["properties"]["provenance"] for form in definitions["Leaf"]["oneOf"])
    assert {*figure["enum"], estimate["const"]} == set(Provenance)
    assert definitions["BudgetLine"]["properties"]["verdict"]["enum"] == list(Verdict)
    assert definitions["Implementation"]["properties"]["route"]["enum"] == list(BuildRoute)


def test_the_stored_schema_is_that_of_the_classes(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA_FILE, print_schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("verification.0.events", -1),
        ("implementations.0.placed.lut.low", None),
        ("implementations.0.stages.0.lut", 0.5),
        ("implementations.1.latency.cycles.reason", ""),
        ("graph.0.widths.many", 3),
        ("graph.2.body_of", 1),
        ("coverage.tensors.0.lo", [0.5]),
        ("environment.numpy", 2),
        ("more", 1),
    ],
)
def test_the_schema_refuses(path: str, value: object, full: BuildReport) -> None:
    form = json.loads(to_json(full))
    change(path, value)(form)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, SCHEMA)


def test_saved_and_loaded(tmp_path: Path, with_vendor: BuildReport) -> None:
    path = tmp_path / "build" / "jet_tagger" / "report.json"
    save_report(with_vendor, path)
    save_report(with_vendor, path)
    assert load_report(path) == with_vendor
    assert [entry.name for entry in path.parent.iterdir()] == ["report.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_full_disk_leaves_the_old_report(
    tmp_path: Path, without_vendor: BuildReport, with_vendor: BuildReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    save_report(without_vendor, path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError) as error:
        save_report(with_vendor, path)
    assert str(error.value) == f"cannot write {path}: No space left on device; choose another folder with --out"
    assert load_report(path) == without_vendor
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


def test_a_file_in_place_of_the_folder(tmp_path: Path, with_vendor: BuildReport) -> None:
    (tmp_path / "build").write_text("")
    path = tmp_path / "build" / "report.json"
    with pytest.raises(ProjectError) as error:
        save_report(with_vendor, path)
    assert str(error.value) == f"cannot write {path}: File exists; choose another folder with --out"


def test_missing_and_binary_files(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(ReportFormatError) as error:
        load_report(path)
    assert str(error.value) == f"cannot read {path}: No such file or directory; 'trigforge synth' writes it"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportFormatError) as error:
        load_report(path)
    assert str(error.value) == f"{path} is not text; write it again with 'trigforge synth'"


def change(path: str, value: object) -> Any:
    def apply(form: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for key in parents:
            form = form[int(key) if key.isdigit() else key]
        if value is None:
            del form[last]
        else:
            form[last] = value

    return apply


AGAIN = "write it again with 'trigforge synth'"
NS = "implementations[0].latency.ns"
PLACED = "implementations.0.placed.lut"
WRONG = [
    (change("model", None), f"report.json: the report has no key 'model'; {AGAIN}"),
    (change("model", 3), "report.json: model is 3; text belongs there"),
    (change("design", []), "report.json: design is []; an object belongs there"),
    (change("verification", {}), "report.json: verification is {}; a list belongs there"),
    (change("verification.0.events", True), "report.json: verification[0].events is True; an integer belongs there"),
    (change("verification.0.events", 1.5), "report.json: verification[0].events is 1.5; an integer belongs there"),
    (change("implementations.0.latency.ns", None), f"report.json: implementations[0].latency has no key 'ns'; {AGAIN}"),
    (change("implementations.0.latency.ns.value", "95"), f"report.json: {NS}.value is '95'; a number belongs there"),
    (
        change("implementations.0.latency.ns.value", float("inf")),
        f"report.json: {NS}.value is inf; a finite number belongs there",
    ),
    (
        change("implementations.0.latency.ns.unit", "us"),
        "report.json: implementations[0].latency: ns is given in 'us'; it is counted in 'ns'",
    ),
    (
        change("implementations.0.latency.ns.provenance", "guessed"),
        f"report.json: {NS}.provenance is 'guessed'; known are measured, estimated, vendor",
    ),
    (change("implementations.0.latency.ns.low", None), f"report.json: {NS} has no key 'low'; {AGAIN}"),
    (
        change(f"{PLACED}.high", 57000),
        "report.json: implementations[0].placed.lut: the estimate 57600 LUT needs an interval around it, found 55100 "
        "to 57000",
    ),
    (
        change("implementations.0.mapped.lut.low", 1),
        "report.json: implementations[0].mapped.lut: a measured figure of 59316 LUT has no interval",
    ),
    (
        change("implementations.0.stages.3.layers", [4]),
        "report.json: implementations[0].stages[3].layers[0] is 4; text belongs there",
    ),
    (change("budget.4.found.reason", None), f"report.json: budget[4].found has no key 'reason'; {AGAIN}"),
    (
        change("budget.4.found.reason", ""),
        "report.json: budget[4].found: a missing figure needs a reason; say what would fill it in",
    ),
    (
        change("budget.0.verdict", "perhaps"),
        "report.json: budget[0].verdict is 'perhaps'; known are met, violated, cannot tell",
    ),
    (change("budget.0.at_least", 1), "report.json: budget[0].at_least is 1; true or false belongs there"),
    (change("graph.0.widths.many", 3), "report.json: graph[0].widths has the key 'many'; whole numbers belong there"),
    (change("graph.2.body_of", 1), "report.json: graph[2].body_of is 1; text belongs there"),
    (change("coverage", None), f"report.json: the report has no key 'coverage'; {AGAIN}"),
    (change("coverage", 3), "report.json: coverage is 3; an object belongs there"),
    (change("coverage.tensors.0.lo", [0.5]), "report.json: coverage.tensors[0].lo[0] is 0.5; an integer belongs there"),
    (
        change("coverage.quantizers.0.unsigned", 0),
        "report.json: coverage.quantizers[0].unsigned is 0; true or false belongs there",
    ),
    (change("environment.numpy", 2), "report.json: environment.numpy is 2; text belongs there"),
]


@pytest.mark.parametrize(("apply", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_reports(apply: Any, message: str, full: BuildReport) -> None:
    form = json.loads(to_json(full))
    apply(form)
    with pytest.raises(ReportFormatError) as error:
        from_json(json.dumps(form))
    assert str(error.value) == message


def test_a_report_that_was_cut_off(with_vendor: BuildReport) -> None:
    text = to_json(with_vendor)
    with pytest.raises(
        ReportFormatError, match=r"^report\.json is not JSON: .*; write it again with 'trigforge synth'$"
    ):
        from_json(text[: len(text) // 2])


def test_a_figure_in_another_unit_is_refused() -> None:
    missing = Missing("not built")
    with pytest.raises(ReportFormatError) as error:
        Latency(Figure(1, "ns", Provenance.MEASURED, "RTL simulation"), missing, missing, missing)
    assert str(error.value) == "cycles is given in 'ns'; it is counted in 'cycles'"


@pytest.mark.parametrize(
    ("verification", "verified"),
    [
        ((), False),
        ((Verification("csim", 10, 5, 0),), True),
        ((Verification("csim", 10, 5, 0), Verification("rtl", 10, 5, 1)), False),
        ((Verification("csim", 0, 5, 0),), False),
        ((Verification("csim", 10, 0, 0),), False),
    ],
)
def test_verified_needs_events_and_agreement(
    verification: tuple[Verification, ...], verified: bool, without_vendor: BuildReport
) -> None:
    assert replace(without_vendor, verification=verification).verified is verified
