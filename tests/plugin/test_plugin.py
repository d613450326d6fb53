"""``pytest --trigforge``: what is collected, what passes, fails and is skipped, and how it is said."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.design import DesignPoint
from trigforge.errors import BitMismatch, BudgetError, ToolMissingError
from trigforge.flow import commands
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer
from trigforge.graph import save_graph
from trigforge.reports import BudgetLine, BuildReport, Figure, Missing, Provenance, Verdict, Verification

pytest_plugins = ["pytester"]

AGREES = Verification("csim", 100, 2, 0)
MET = BudgetLine("dsp", 0, "DSP", Figure(0, "DSP", Provenance.MEASURED, "a tool"), Verdict.MET, "")
OVER = BudgetLine("lut", 5, "LUT", Figure(9, "LUT", Provenance.MEASURED, "a tool"), Verdict.VIOLATED, "lut: too many")
UNTOLD = BudgetLine("ff", 5, "FF", Missing("not mapped"), Verdict.CANNOT_TELL, "ff: cannot tell: not mapped")
VERILATOR = ToolMissingError("verilator is missing; set TRIGFORGE_VERILATOR")


def report(*budget: BudgetLine) -> BuildReport:
    return BuildReport("small", "0" * 64, DesignPoint(), (AGREES,), (), {}, budget)


@dataclass
class FakeFlow:
    """Stands for ``flow.commands``: what a build gives or raises, and how it was called."""

    built: BuildReport | Exception = field(default_factory=report)
    calls: list[tuple[str, str, Path, dict[str, Any]]] = field(default_factory=list)
    note: str = ""

    def synthesize(self, model: str, design: None, events: None, out: Path, observer: object, **rest: Any) -> Any:
        self.calls.append(("synthesize", Path(model).name, out, rest))
        if isinstance(self.built, Exception):
            raise self.built
        return self.built

    def verify_only(self, model: str, design: None, events: None, out: Path, observer: Observer, **rest: Any) -> Any:
        if self.note:
            observer.note(self.note)
        self.calls.append(("verify_only", Path(model).name, out, rest))
        if isinstance(self.built, Exception):
            raise self.built
        return self.built.verification


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> FakeFlow:
    fake = FakeFlow()
    monkeypatch.setattr(commands, "synthesize", fake.synthesize)
    monkeypatch.setattr(commands, "verify_only", fake.verify_only)
    return fake


@pytest.fixture
def workspace(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """``models/small``, a model with a budget; its plugin is loaded by name, as if it were not installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "trigforge.pytest_plugin")
    model(pytester.path, "small", "[budget]\ndsp = 0\n")
    return pytester


def model(root: Path, name: str, design: str) -> Path:
    folder = root / "models" / name
    folder.mkdir(parents=True)
    text = f"name = '{name}'\nversion = 1\ncheckpoint = 'graph.json'\ndesign = 'design.toml'\n"
    (folder / "model.toml").write_text(text)
    (folder / "design.toml").write_text(design)
    return folder


def run(workspace: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return workspace.runpytest_inprocess("-W", "error", "-rA", "--trigforge", *arguments, "models")


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    return {kind: count for kind, count in result.parseoutcomes().items() if kind != "deselected"}


def test_without_the_option_nothing_is_collected_and_nothing_imported(workspace: pytest.Pytester) -> None:
    result = workspace.runpytest_inprocess("models")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    script = "import sys, trigforge.pytest_plugin; print([n for n in ('numpy', 'trigforge.flow') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_each_model_folder_is_two_tests_beside_its_own(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    model(workspace.path, "other", "")
    (workspace.path / "models" / "small" / "test_mine.py").write_text("def test_mine():\n    pass\n")
    result = run(workspace, "--collect-only", "-q")
    assert result.outlines[:5] == [
        "models/other::agreement",
        "models/other::budget",
        "models/small::agreement",
        "models/small::budget",
        "models/small/test_mine.py::test_mine",
    ]
    assert flow.calls == []


def test_a_test_in_a_model_folder_runs_by_its_own_path(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    (workspace.path / "models" / "small" / "test_mine.py").write_text("def test_mine():\n    pass\n")
    workspace.runpytest_inprocess("--trigforge", "models/small/test_mine.py::test_mine").assert_outcomes(passed=1)
    assert flow.calls == []


def test_a_model_is_built_once_for_both(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = report(MET)
    result = run(workspace, "--trigforge-events", "50")
    assert outcomes(result) == {"passed": 2}
    given = {"limit": 50, "given": Given(allow_inexact=False)}
    assert flow.calls == [("synthesize", "small", workspace.path / "build" / "small", given)]
    result.stdout.fnmatch_lines(
        ["models/small::agreement csim: 100 events x 2 outputs, 0 mismatches", "models/small::budget dsp: met"]
    )


def test_agreement_alone_needs_no_synthesis(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    assert outcomes(run(workspace, "-k", "agreement")) == {"passed": 1}
    assert [(call[0], call[3]) for call in flow.calls] == [
        ("verify_only", {"limit": None, "given": Given(allow_inexact=False)})
    ]


def test_a_model_within_a_bound_is_told_of(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.note = "inexact: layer 'a' lies within 1 unit in the last of its 8 bits"
    result = run(workspace, "-k", "agreement", "--trigforge-allow-inexact")
    assert [(call[0], call[3]) for call in flow.calls] == [
        ("verify_only", {"limit": None, "given": Given(allow_inexact=True)})
    ]
    result.stdout.fnmatch_lines([f"models/small::agreement note: {flow.note}"])


def test_a_model_without_a_budget_is_only_verified(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    (workspace.path / "models" / "small" / "design.toml").write_text("[target]\nclock_period_ns = 4.0\n")
    result = run(workspace)
    assert outcomes(result) == {"passed": 1, "skipped": 1}
    assert [call[0] for call in flow.calls] == ["verify_only"]
    result.stdout.fnmatch_lines(["SKIPPED*small has no budget; write a table [[]budget[]] into its design file"])


HELD = """[trigger]
name = "tagged"
output = "y"
signal = [0]
background = [1]
threshold = 1.0
[trigger.rate]
cross_section_pb = 10.0
label = "kind"
[trigger.hold]
{}
[events]
file = "events.npz"
"""


def hold(workspace: pytest.Pytester, limits: str) -> Path:
    """``models/small`` with a trigger, which passes 40 of 50 signal and 10 of 150 background events."""
    folder = workspace.path / "models" / "small"
    text = (folder / "model.toml").read_text().partition("[trigger]")[0]
    (folder / "model.toml").write_text(text + HELD.format(limits))
    save_graph(SMALL, folder / "graph.json")
    kinds, passing = np.repeat([0, 1], [50, 150]), np.repeat([True, False, True, False], [40, 10, 10, 140])
    np.savez(folder / "events.npz", x=np.where(passing[:, None], [4.0, 1.0], [-4.0, 1.0]), kind=kinds)
    return folder


def test_a_trigger_with_limits_is_a_third_test(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    hold(workspace, "signal_efficiency = 0.7\nrate_hz = 0.1")
    result = run(workspace, "-k", "trigger")
    assert outcomes(result) == {"passed": 1}
    assert flow.calls == []
    result.stdout.fnmatch_lines(
        [
            "models/small::trigger signal_efficiency: 80 % (* to *) from 40 of 50 signal events at *, at least 70 %",
            "models/small::trigger rate_hz: * mHz (* to *) from 10 of 150 background events at *, at most 100 mHz",
        ]
    )


def test_a_trigger_that_does_not_hold_fails_in_one_line(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    hold(workspace, "signal_efficiency = 0.9\nrate_hz = 0.01")
    result = run(workspace, "-k", "trigger")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        ["the trigger does not hold: signal_efficiency: 80 % (*is below the least, 90 %; *; rate_hz: *above the most*"]
    )


def test_a_trigger_of_too_few_events_is_skipped(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    hold(workspace, "signal_efficiency = 0.8")
    result = run(workspace, "-k", "trigger")
    assert outcomes(result) == {"skipped": 1}
    result.stdout.fnmatch_lines(
        ["SKIPPED*signal_efficiency: 80 % (*may or may not be at least 80 %; give more events*"]
    )
    assert outcomes(run(workspace, "-k", "trigger", "--trigforge-strict")) == {"failed": 1}


def test_a_fault_of_a_trigger_is_told_by_the_tests_of_every_model(workspace: pytest.Pytester) -> None:
    folder = hold(workspace, "signal_eficiency = 0.8")
    assert outcomes(run(workspace)) == {"failed": 2}
    (folder / "model.toml").write_text((folder / "model.toml").read_text().replace("eficiency", "efficiency"))
    (folder / "events.npz").unlink()
    result = run(workspace, "-k", "trigger")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["events file *events.npz does not exist; check the path"])


def test_simulators_that_disagree_fail_both_in_one_line(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = BitMismatch("csim disagrees with the reference emulator in 1 of 8 outputs")
    result = run(workspace)
    assert outcomes(result) == {"failed": 2}
    result.stdout.fnmatch_lines(
        ["*_ agreement of small _*", "csim disagrees with the reference emulator in 1 of 8 outputs", "*_ budget of *"],
        consecutive=True,
    )
    assert len(flow.calls) == 1


def test_a_report_in_which_nothing_was_compared_fails(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = BuildReport("small", "0" * 64, DesignPoint(), (), (), {}, (MET,))
    result = run(workspace)
    assert outcomes(result) == {"failed": 1, "passed": 1}
    result.stdout.fnmatch_lines(["the simulators of small were not all compared and equal; see report.json"])


def test_a_broken_budget_fails_only_the_budget(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = report(OVER, MET)
    result = run(workspace)
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["over budget: lut: too many", "models/small::budget lut: too many"])


def test_a_build_that_raises_over_its_budget_did_agree(
    workspace: pytest.Pytester, flow: FakeFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.built = BudgetError("over budget: lut: too many")
    monkeypatch.setattr("trigforge.reports.load_report", lambda path: report(OVER))
    result = run(workspace)
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["over budget: lut: too many"])


def test_what_cannot_be_told_is_skipped(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = report(MET, UNTOLD)
    result = run(workspace)
    assert outcomes(result) == {"passed": 1, "skipped": 1}
    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] models*small*model.toml:1: ff: cannot tell: not mapped"])
    strict = run(workspace, "--trigforge-strict")
    assert outcomes(strict) == {"passed": 1, "failed": 1}


def test_a_budget_that_was_compared_with_nothing_is_skipped(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    result = run(workspace)
    assert outcomes(result) == {"passed": 1, "skipped": 1}
    result.stdout.fnmatch_lines(["*nothing was built of small that a budget could be compared with"])


def test_a_missing_tool_is_skipped_and_fails_strictly(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = VERILATOR
    result = run(workspace)
    assert outcomes(result) == {"skipped": 2}
    result.stdout.fnmatch_lines(["SKIPPED*verilator is missing; set TRIGFORGE_VERILATOR"])
    assert outcomes(run(workspace, "--trigforge-strict")) == {"failed": 2}


def test_a_missing_tool_hides_no_violation(
    workspace: pytest.Pytester, flow: FakeFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.built = VERILATOR
    monkeypatch.setattr("trigforge.reports.load_report", lambda path: report(OVER))
    result = run(workspace)
    assert outcomes(result) == {"skipped": 1, "failed": 1}
    result.stdout.fnmatch_lines(["over budget: lut: too many"])


def test_a_report_of_an_earlier_build_is_not_taken_for_this_one(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    old = workspace.path / "build" / "small" / "report.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    flow.built = VERILATOR
    run(workspace)
    assert not old.exists()


def test_a_fault_of_the_package_shows_its_traceback(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = ZeroDivisionError("division by zero")
    result = run(workspace)
    assert outcomes(result) == {"failed": 2}
    result.stdout.fnmatch_lines(["*test_plugin.py:*: ZeroDivisionError"])
    assert len(flow.calls) == 1


def test_a_wrong_file_is_said_in_one_line(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    (workspace.path / "models" / "small" / "design.toml").write_text("[budget]\nlatency = 3\n")
    result = run(workspace)
    assert outcomes(result) == {"failed": 2}
    result.stdout.fnmatch_lines(["design file *design.toml: [[]budget[]] unknown key 'latency'; nearest are *"])
    assert flow.calls == []


def test_events_are_a_number(workspace: pytest.Pytester) -> None:
    result = run(workspace, "--trigforge-events", "none")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*argument --trigforge-events: 'none' is no number of events; give 1 or more"])


def test_properties_reach_the_junit_file(workspace: pytest.Pytester, flow: FakeFlow) -> None:
    flow.built = report(MET)
    run(workspace, "--junitxml", "junit.xml")
    text = (workspace.path / "junit.xml").read_text()
    assert '<property name="trigforge.csim" value="100 events x 2 outputs, 0 mismatches"' in text
    assert '<property name="trigforge.dsp" value="met"' in text


def test_the_smallest_model_is_tested_for_real(workspace: pytest.Pytester) -> None:
    folder = workspace.path / "models" / "small"
    save_graph(SMALL, folder / "graph.json")
    (folder / "design.toml").write_text("")
    environment = {name: value for name, value in os.environ.items() if name != "XILINX_HLS"}
    command = [sys.executable, "-m", "pytest", "-W", "error", "-rA", "--trigforge", "models/small"]
    done = subprocess.run(command, cwd=workspace.path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "models/small::agreement csim: 10,000 events x 2 outputs, 0 mismatches" in done.stdout
    assert (workspace.path / "build" / "small" / "graph.json").is_file()
