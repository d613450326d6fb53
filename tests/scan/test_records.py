"""``scan.json``, table and picture; the accuracy that a training noted."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

import trigforge.scan
from tests.scan.sample import accuracy, line, network, point
from trigforge.errors import ReportFormatError
from trigforge.reports import Verdict
from trigforge.scan import Accuracy, KeptPoint, RefusedPoint, Scan, accuracy_of, from_json, marked, to_json
from trigforge.scan.plot import save_plot
from trigforge.scan.records import kept_from_json, kept_to_json, print_schema
from trigforge.scan.table import render

SCHEMA_FILE = Path(trigforge.scan.__file__).parent / "scan.schema.json"
GOOD, SMALL = network("good", accuracy(1.04384)), network("small", accuracy(1.25204))
AXES = {"target.clock_period_ns": (5.0, 2.5), "rtl.stage_delay_ns": (3,)}
SCAN = Scan(
    "muons",
    AXES,
    marked(
        [
            point(1, GOOD, lut=26_000, budget=(line("lut", Verdict.VIOLATED), line("latency_ns", Verdict.MET))),
            point(2, GOOD, lut=26_000, clock=2.5, budget=(line("lut", Verdict.MET),)),
            point(1, SMALL, lut=12_000, dsp=3, budget=(line("lut", Verdict.CANNOT_TELL),)),
            point(2, SMALL, lut=11_000, interval=2, budget=(line("lut", Verdict.MET),)),
        ]
    ),
    (RefusedPoint(3, "small", {"target.clock_period_ns": 0.1, "rtl.stage_delay_ns": 3}, "it is outside 0.5 to 1000"),),
)


def text_of(scan: Scan, width: int = 120) -> str:
    console = Console(width=width, highlight=False, record=True, file=StringIO())
    console.print(render(scan))
    return console.export_text()


def test_reads_back_equal_and_fits_the_schema() -> None:
    text = to_json(SCAN)
    assert from_json(text) == SCAN
    jsonschema.validate(json.loads(text), json.loads(SCHEMA_FILE.read_text()))


def test_the_schema_is_that_of_the_classes(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA_FILE, print_schema())


def test_a_kept_point_reads_back_and_damage_is_named() -> None:
    kept = KeptPoint("key", "digest", SCAN.points[0].design, SCAN.points[0].implementation)
    text = kept_to_json(kept)
    assert kept_from_json(text, "k.json") == kept
    with pytest.raises(ReportFormatError, match=r"k\.json is not JSON"):
        kept_from_json(text[:-40], "k.json")


def test_the_table() -> None:
    text = text_of(SCAN)
    assert text.startswith("muons: 3 designs of 2 networks; 4 points, 3 on the Pareto front, 2 fit the budget\n")
    assert "good  resolution, test [mrad]: 1.044" in text and "small  resolution, test [mrad]: 1.252" in text
    assert "no: lut" in text and "perhaps: lut" in text and "fits" in text
    assert "refused  design 3 (0.1, 3) of small  it is outside 0.5 to 1000" in text
    assert "3.60-4.80!" in text and "? the clock lies in the interval of the period, ! below it" in text
    assert "no point uses BRAM 18 kbit or UltraRAM" in text and "accuracy and worse in none" in text
    assert all(len(row) <= 80 for row in text_of(SCAN, 80).splitlines())


def test_a_scan_of_refusals_alone() -> None:
    text = text_of(Scan("x", AXES, (), SCAN.refused))
    assert text.startswith("x: 1 design of 1 network; 0 points, 0 on the Pareto front\n") and "refused" in text


def test_the_picture_is_the_same_in_every_run(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "c.png"):
        save_plot(SCAN, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    unknown = Scan("y", AXES, marked([point(1), point(2, lut=900)]), ())
    save_plot(unknown, tmp_path / "d.svg")


def test_the_accuracy_of_checkpoints(repository: Path) -> None:
    folder = repository / "models" / "muon_tracker"
    assert accuracy_of(folder / "muon_tracker.keras") == Accuracy("resolution", "test", 1.22949, "mrad", True)
    assert accuracy_of(folder / "front" / "muon_tracker_8778.keras") == Accuracy(
        "resolution", "test", 1.44384, "mrad", True
    )
    jets = accuracy_of(repository / "models" / "jet_tagger" / "jet_tagger.keras")
    assert jets is not None and (jets.title, str(jets)) == ("accuracy, test [%]", "70.28")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": "n", "task": {"figures": {}}}', '{"model": "m", "task": 3}']
)
def test_notes_of_another_form_are_no_accuracy(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    assert accuracy_of(tmp_path / "n.keras") is None
