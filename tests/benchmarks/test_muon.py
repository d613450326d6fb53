"""The study of the muon trackers: which networks it finds, what it counts, and a page that says what was measured."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.muon_study import page
from benchmarks.muon_study.quality import conditions, quality
from benchmarks.study import requirements
from benchmarks.study.networks import Kind, Network, definition, ebops_of, networks
from benchmarks.study.requirements import Requirement
from benchmarks.study.results import SIMULATORS, Results, Study, load
from datasets.muon import CLEAN, DEFAULT

MUON = definition("muon")
FIGURES = {"resolution": 1.25, "kept": 99.5, "half width": 1.2, "bias": 0.1}


def workspace(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(file)
    return root


@pytest.fixture
def found(tmp_path: Path) -> list[Network]:
    """Both shipped networks, two points of the front and one recipe; no published one."""
    staged, cnn = "models/muon_tracker", "models/muon_tracker_cnn"
    front = [f"{staged}/front/muon_tracker_{ebops}.keras" for ebops in (9000, 12000)]
    files = [
        f"{staged}/muon_tracker.keras",
        f"{cnn}/muon_tracker_cnn.keras",
        *front,
        f"{staged}/variants/clean/clean.keras",
    ]
    root = workspace(tmp_path / "root", *files)
    points = [{"name": f"muon_tracker_{ebops}", "ebops": ebops} for ebops in (9000, 12000)]
    for folder, metrics in (
        (staged, {"model": "muon_tracker", "ebops": 500, "front": points}),
        (cnn, {"model": "muon_tracker_cnn", "ebops": 600}),
    ):
        (root / folder / "metrics.json").write_text(json.dumps(metrics))
    return networks(MUON, root)


def results(found: list[Network], *, lut: float = 14_000, mismatches: int = 0) -> Study:
    """The same figures for all."""
    measured = {
        f"{key}: {name}: {what}": value
        for key in ("fit", "fit_rejecting", *(network.key for network in found))
        for name in conditions()
        for what, value in FIGURES.items()
    }
    measured |= {"all: muons": 1000, f"{found[0].key}: EBOPs": 500}
    built = {"cycles": 7, "initiation interval": 1, "clock period": 6.25, "LUT, mapped": lut, "FF, mapped": 9, "DSP": 0}
    built |= {f"clock period (estimated){end}": 4.0 for end in ("", ", low", ", high")}
    agreed: dict[str, float] = {}
    for simulator in SIMULATORS:
        for network in found[:2]:
            agreed |= {
                f"{network.key}: {simulator}: muons": 100_000,
                f"{network.key}: {simulator}: mismatches": mismatches,
            }
    run = {"time": "2026-11-24T00:00:00", "commit": "abc"}
    return Study(
        MUON,
        tuple(found),
        Results(measured, (run,)),
        Results({f"{n.key}: {name}": v for n in found for name, v in built.items()}, (run,)),
        Results(agreed, (run,)),
    )


def test_the_networks_that_are_there(found: list[Network], tmp_path: Path) -> None:
    assert [(network.kind, network.name) for network in found] == [
        (Kind.SHIPPED, "muon_tracker"),
        (Kind.SHIPPED, "muon_tracker_cnn"),
        (Kind.FRONT, "muon_tracker_9000"),
        (Kind.FRONT, "muon_tracker_12000"),
        (Kind.RECIPE, "clean"),
    ]
    assert len({network.key for network in found}) == len(found)
    assert [ebops_of(network) for network in found[:3]] == [500, 600, 9000]
    assert {network.label for network in found[2:4]} == {"muon_tracker_9000", "muon_tracker_12000"}
    workspace(tmp_path, "shared/models/hgq_tgc_2.010.keras")
    published = networks(MUON, tmp_path / "root")[-1]
    assert (published.kind, ebops_of(published)) == (Kind.PUBLISHED, None)


def test_a_key_belongs_to_one_file(found: list[Network]) -> None:
    before = found[0].key
    found[0].path.write_text("trained again")
    assert before.partition("@")[0] == found[0].key.partition("@")[0] == "muon_tracker"
    assert before != found[0].key


def test_a_muon_without_an_answer_is_lost() -> None:
    found = quality(np.array([3.0, -4.0, math.nan, 30.0]))
    assert (found.resolution, found.kept, found.bias) == (np.sqrt(12.5), 50.0, -0.5)


def test_the_scans_leave_the_rest_at_its_default() -> None:
    named = conditions()
    assert (named["clean"], named["default"], named["noise 0.1 %"], named["efficiency 98 %"]) == (CLEAN, *[DEFAULT] * 3)
    assert (named["noise 0.5 %"].noise, named["noise 0.5 %"].efficiency) == (0.005, 0.98)
    assert (named["efficiency 90 %"].noise, named["efficiency 90 %"].efficiency) == (0.001, 0.90)


@pytest.mark.parametrize(
    ("requirement", "verdict"),
    [
        (Requirement("", 2.0, 2.0, "mrad"), "yes"),
        (Requirement("", 2.1, 2.0, "mrad"), "**no**"),
        (Requirement("", 99.0, 99.0, "%", at_least=True), "yes"),
        (Requirement("", 98.9, 99.0, "%", at_least=True), "**no**"),
        (Requirement("", None, 1.0, "%"), "not measured"),
    ],
)
def test_verdicts(requirement: Requirement, verdict: str) -> None:
    assert requirement.verdict == verdict


def test_the_page_shows_what_was_found(found: list[Network], tmp_path: Path) -> None:
    study = results(found)
    path = tmp_path / "muon.md"
    marks = "\n".join(f"<!-- {name} -->\nold\n<!-- end of {name} -->" for name in page.blocks(study))
    path.write_text(f"# Title\n{marks}\nthe end\n")
    page.write(study, path)
    text = path.read_text()
    assert text.startswith("# Title\n") and text.endswith("\nthe end\n") and "\nold\n" not in text
    assert "| staged network | 1.250 | 99.500 % | 1.200 | 1.000 x |" in text
    assert "| trained on clean muons | 1.250 (99.50 %)" in text
    assert "| staged network, clean | at most 2.000 mrad | 1.250 mrad | yes |" in text
    assert "| staged network, latency at the design's clock | at most 50 ns | 43.75 ns | yes |" in text
    assert "| a point of the front of at most 15,000 LUT, LUT mapped | at most 15,000 | 14,000 | yes |" in text
    assert "| the same, mismatches | at most 0 | 0 | yes |" in text
    page.write(study, path)
    assert path.read_text() == text


def test_what_does_not_hold_is_said(found: list[Network]) -> None:
    shown = page.blocks(results(found, lut=31_000, mismatches=2))["requirements"]
    assert "| the same, LUT mapped | at most 30,000 | 31,000 | **no** |" in shown
    assert "| a point of the front of at most 15,000 LUT, LUT mapped | at most 15,000 | - | not measured |" in shown
    assert "| the same, mismatches | at most 0 | 6 | **no** |" in shown


def test_a_line_of_data_adds_a_network(found: list[Network], tmp_path: Path) -> None:
    """A further table of the study's file, and a requirement on it, stand in every table of the page."""
    file = {"files": "models/mine/*.keras", "kind": "shipped", "label": "my network", "marker": "s"}
    required = {"text": "mine, clean", "of": "mine", "figure": "clean: resolution", "unit": "mrad", "at_most": 1.0}
    table = {**MUON, "networks": [*MUON["networks"], file], "requirements": [*MUON["requirements"], required]}
    workspace(tmp_path / "root", "models/mine/mine.keras")
    more = networks(table, tmp_path / "root")
    assert [network for network in more if network not in found] == more[-1:] and more[-1].label == "my network"
    study = replace(results(more), definition=table)
    shown = page.blocks(study)
    assert "| mine, clean | at most 1.000 mrad | 1.250 mrad | **no** |" in shown["requirements"]
    for name in ("resolution", "scans", "front"):
        assert "| my network | " in shown[name]


def test_requirements_on_networks_that_are_not_here_are_left_out(found: list[Network]) -> None:
    texts = [entry.text for entry in requirements.requirements(results(found))]
    assert "staged network, clean" in texts and "the same, the published network" not in texts
    nothing = replace(results(found), networks=())
    assert "staged network, clean" not in [entry.text for entry in requirements.requirements(nothing)]


def test_later_runs_replace_figures(tmp_path: Path) -> None:
    lines = [{"measurements": [{"name": "a: x", "value": n}, {"name": f"b: {n}", "value": 5}]} for n in (1, 2)]
    (tmp_path / "muon.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert load("muon", tmp_path).values == {"a: x": 2, "b: 1": 5, "b: 2": 5}
    assert load("muon", tmp_path, latest=True).of("a") == {"x": 2}
    assert load("other", tmp_path).runs == ()


def test_the_page_is_that_of_the_shipped_checkpoints(shared: Path, repository: Path, tmp_path: Path) -> None:
    if shared != repository.parent / "shared":
        pytest.skip("the study looks for the published network in ../shared")
    study = Study.load("muon")
    assert len(study.of(Kind.SHIPPED)) == 2, "a checkpoint was not measured; run python benchmarks/muon.py"
    stored = (repository / "docs" / "results" / "muon.md").read_text(encoding="utf-8")
    (tmp_path / "muon.md").write_text(stored, encoding="utf-8")
    page.write(study, tmp_path / "muon.md")
    assert (tmp_path / "muon.md").read_text(encoding="utf-8") == stored, "run python benchmarks/muon.py draw"
