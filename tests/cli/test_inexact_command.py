"""``--allow-inexact`` on the command line: each command refuses without it, and says first what it accepts with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

pytest.importorskip("onnx")
pytest.importorskip("qonnx")

from tests.frontends.qonnx.test_inexact import begun, two_scales
from trigforge.cli.main import main
from trigforge.graph import load_graph
from trigforge.reports import load_report

BOUND = "inexact: 'Add_7.shortened' of layer 'Add_7' lies within 5 units in the last of its 28 bits"
COMMANDS = {
    "doctor": ("doctor", "net.onnx"),
    "emulate": ("emulate", "net.onnx", "events.npz", "out.npz"),
    "coverage": ("coverage", "net.onnx", "--events", "events.npz"),
    "patterns": ("export", "patterns", "net.onnx"),
    "quantize": ("quantize", "net.onnx", "--events", "events.npz"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "net.onnx").write_bytes(two_scales().model(14).SerializeToString())
    (tmp_path / "exact.onnx").write_bytes(begun(4, 0.0137, 8).model(14).SerializeToString())
    np.savez(tmp_path / "events.npz", x=np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32))
    return tmp_path


def invoke(*arguments: str) -> Result:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def told(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_refuses_without_the_option_and_says_what_it_accepts_with_it(folder: Path, name: str) -> None:
    refused = invoke(*COMMANDS[name])
    assert refused.exit_code == 1 and "an error whose bound is stated with --allow-inexact" in told(refused)
    accepted = invoke(*COMMANDS[name], "--allow-inexact")
    assert accepted.exit_code == 0 and "inexact: " in told(accepted)
    assert invoke(*COMMANDS[name]).exit_code == 1, "what was read with the option serves a reading without it"


def test_doctor_tells_bounds_as_text_and_as_json(folder: Path) -> None:
    found = told(invoke(*COMMANDS["doctor"], "--allow-inexact"))
    assert "CAN BE BUILT, but not to the bit: INEXACT" in found and BOUND in found
    model = json.loads(invoke(*COMMANDS["doctor"], "--allow-inexact", "--json").stdout)["model"]
    assert [entry["units"] for entry in model["approximations"]] == [5, 4]
    assert model["comparison"]["events"] == 1000


def test_the_files_of_a_build_tell_bounds(folder: Path) -> None:
    assert BOUND in told(invoke("verify", "net.onnx", "--allow-inexact"))
    assert invoke("synth", "net.onnx", "--allow-inexact").exit_code == 0
    report, graph = load_report(Path("build/net/report.json")), load_graph(Path("build/net/graph.json"))
    assert report.approximations == graph.approximations and report.graph_digest == graph.digest
    assert BOUND in report.notices
    again = told(invoke("doctor", "build/net/graph.json"))
    assert "CAN BE BUILT, but not to the bit: INEXACT" in again, "a graph file needs no option, and stays inexact"


def test_an_exact_model_is_none_the_less_exact_with_the_option(folder: Path) -> None:
    plain, allowed = (
        json.loads(invoke("doctor", "exact.onnx", "--json", *more).stdout)["model"]
        for more in ((), ("--allow-inexact",))
    )
    assert plain == allowed and not allowed["approximations"]
