"""``report.json``: its form is a contract, it reads back equal, and it is written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import trigforge.reports
from trigforge.errors import ProjectError, ReportFormatError
from trigforge.reports import (
    BuildReport,
    Figure,
    Latency,
    Missing,
    Provenance,
    Verification,
    from_json,
    load_report,
    save_report,
    to_json,
)

SCHEMA = json.loads((Path(trigforge.reports.__file__).parent / "report.schema.json").read_text())


def test_keys_and_leaves_without_vendor_tool(without_vendor: BuildReport) -> None:
    form = json.loads(to_json(without_vendor))
    assert list(form) == "model graph_digest design verification latency resources environment".split()
    assert form["verification"] == [
        {"simulator": "hls4ml C simulation", "events": 10000, "outputs": 5, "mismatches": 0}
    ]
    assert list(form["latency"]) == ["cycles", "initiation_interval", "clock_period_ns", "ns"]
    assert list(form["resources"]) == ["lut", "ff", "dsp", "bram_18k", "uram"]
    assert form["resources"]["lut"] == {
        "value": None,
        "unit": "LUT",
        "provenance": None,
        "source": None,
        "reason": "Vitis HLS was not found; set XILINX_HLS to its installation folder",
    }
    assert form["design"]["part"] == "xcvu13p-flga2577-2-e"
    assert form["environment"]["g++"] == "12.2.0"


def test_leaves_with_vendor_tool(with_vendor: BuildReport) -> None:
    form = json.loads(to_json(with_vendor))
    source = "vitis_hls 2023.2, jet_tagger_csynth.xml"
    assert form["latency"]["cycles"] == {"value": 19, "unit": "cycles", "provenance": "vendor", "source": source}
    assert form["latency"]["ns"] == {"value": 95.0, "unit": "ns", "provenance": "vendor", "source": source}
    assert form["resources"]["lut"]["provenance"] == "estimated"


def test_reads_back_equal_and_fits_the_schema(without_vendor: BuildReport, with_vendor: BuildReport) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for report in (without_vendor, with_vendor):
        assert from_json(to_json(report)) == report
        jsonschema.validate(json.loads(to_json(report)), SCHEMA)


def test_every_provenance_is_in_the_schema() -> None:
    assert SCHEMA["$defs"]["figure"]["properties"]["provenance"]["enum"] == list(Provenance)


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
WRONG = [
    (change("model", None), f"report.json has no key 'model'; {AGAIN}"),
    (change("model", 3), "report.json.model is 3; text belongs there"),
    (change("design", []), "report.json: design is []; an object belongs there"),
    (change("verification", {}), "report.json.verification is {}; a list belongs there"),
    (change("verification.0.events", True), "report.json: verification[0].events is True; an integer belongs there"),
    (change("latency.ns", None), f"report.json: latency has no key 'ns'; {AGAIN}"),
    (change("latency.ns.value", "95"), "report.json: latency.ns.value is '95'; a number or null belongs there"),
    (change("latency.ns.unit", "us"), "ns is given in 'us'; it is counted in 'ns'"),
    (
        change("latency.ns.provenance", "guessed"),
        "report.json: latency.ns.provenance is 'guessed'; known are measured, estimated, vendor",
    ),
    (change("resources.uram.reason", None), f"report.json: resources.uram has no key 'reason'; {AGAIN}"),
    (change("resources.uram.reason", ""), "a missing figure needs a reason; say what would fill it in"),
    (change("environment.numpy", 2), "report.json: environment.numpy is 2; text belongs there"),
]


@pytest.mark.parametrize(("apply", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_reports(apply: Any, message: str, with_vendor: BuildReport) -> None:
    form = json.loads(to_json(with_vendor))
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
