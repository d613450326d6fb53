"""``pytest --trigforge models/``: each model folder becomes two tests, one of agreement and one of budget, and a third
where its trigger has something to hold.

Registered under the entry point group ``pytest11``. Without ``--trigforge`` it does nothing, and imports nothing of the
package but the errors. ``docs/budget.md`` says when a test passes, fails or is skipped.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from trigforge.errors import BitMismatch, BudgetError, ToolMissingError, TrigforgeError

if TYPE_CHECKING:
    from trigforge.design import Budget
    from trigforge.menu import Hold
    from trigforge.reports import BudgetLine, BuildReport, Verification

_PROPERTY = "trigforge."


def pytest_addoption(parser: pytest.Parser) -> None:
    """See ``pytest --help``."""
    group = parser.getgroup("trigforge", "trigger firmware")
    group.addoption(
        "--trigforge",
        action="store_true",
        help="test each folder that holds a model.toml: do its simulators agree, does it keep its budget, "
        "does its trigger hold",
    )
    group.addoption(
        "--trigforge-events",
        type=_count,
        metavar="N",
        help="compare the simulators on the first N events only",
    )
    group.addoption(
        "--trigforge-strict",
        action="store_true",
        help="fail where a tool is missing or a budget cannot be told, instead of skipping",
    )
    group.addoption(
        "--trigforge-allow-inexact",
        action="store_true",
        help="accept approximations with a proven bound, as --allow-inexact of trigforge synth does",
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_directory(
    path: Path, parent: pytest.Collector
) -> Generator[None, pytest.Collector | None, pytest.Collector | None]:
    """A folder with a ``model.toml`` is a model; the tests that lie in it are collected as ever."""
    usual = yield
    if usual is None or not parent.config.getoption("--trigforge") or not (path / "model.toml").is_file():
        return usual
    folder = ModelFolder.from_parent(parent, path=path)  # pyright: ignore[reportUnknownMemberType]
    folder.usual = usual
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The comparisons and their results, model by model."""
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
    told = [
        f"{report.nodeid} {name.removeprefix(_PROPERTY)}: {value}"
        for report in sorted(reports, key=lambda report: report.nodeid)
        for name, value in getattr(report, "user_properties", [])
        if name.startswith(_PROPERTY)
    ]
    if told:
        terminalreporter.section("trigforge")
        terminalreporter.line("\n".join(told))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip is said of the model, not of this file."""
    report = yield
    if isinstance(item, ModelItem) and isinstance(report.longrepr, tuple):
        report.longrepr = (str(item.path / "model.toml"), 1, report.longrepr[2])
    return report


@dataclass(frozen=True)
class Outcome:
    """The results of one build of a model: comparisons, lines of its budget, and the error that ended it early."""

    verification: tuple[Verification, ...] = ()
    budget: tuple[BudgetLine, ...] = ()
    error: Exception | None = None


class ModelFolder(pytest.Directory):
    """A model folder; it is built at most once a session, whatever is tested of it."""

    usual: pytest.Collector
    """the collector of the same folder without its model"""
    notes: Sequence[str] = ()
    """lines that a build told beside its results, as that a model was read within a bound"""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The tests of the model, then the tests that lie in its folder."""
        kinds: list[tuple[type[ModelItem], str]] = [(AgreementItem, "agreement"), (BudgetItem, "budget")]
        if self.hold is not None:
            kinds.append((TriggerItem, "trigger"))
        for kind, name in kinds:
            yield kind.from_parent(self, name=name)  # pyright: ignore[reportUnknownMemberType]
        yield from self.usual.collect()

    @cached_property
    def budget(self) -> Budget | None:
        """The budget of the model's design file, if it has one."""
        from trigforge.design import load_design
        from trigforge.flow.workspace import resolve

        design = resolve(str(self.path)).design
        return None if design is None else load_design(design).budget

    @cached_property
    def hold(self) -> Hold | None:
        """The limits of the model's trigger; None where it has none, or where its ``model.toml`` is at fault."""
        from trigforge.flow.workspace import resolve

        try:
            hold = resolve(str(self.path)).menu.hold
        except TrigforgeError:  # told by the tests of every model
            return None
        return hold if hold.limits else None

    @cached_property
    def outcome(self) -> Outcome:
        """Build under ``build/<folder>`` of the root folder; without a budget to test, only verify."""
        from trigforge.flow.commands import synthesize, verify_only
        from trigforge.flow.given import Given
        from trigforge.flow.observer import Listener

        events: int | None = self.config.getoption("--trigforge-events")
        inexact = bool(self.config.getoption("--trigforge-allow-inexact"))
        model, out, observer = str(self.path), self._out(), Listener()
        self.notes = observer.notes
        try:
            if not self._budget_is_tested():
                found = verify_only(model, None, None, out, observer, limit=events, given=Given(allow_inexact=inexact))
                return Outcome(found)
            (out / "report.json").unlink(missing_ok=True)
            report = synthesize(model, None, None, out, observer, limit=events, given=Given(allow_inexact=inexact))
        except (BitMismatch, BudgetError, ToolMissingError) as error:
            left = _report_in(out)
            return Outcome(error=error) if left is None else Outcome(left.verification, left.budget, error)
        except Exception as error:  # raised by each test of the model, instead of building again
            return Outcome(error=error)
        return Outcome(report.verification, report.budget)

    def _budget_is_tested(self) -> bool:
        wanted = any(isinstance(item, BudgetItem) and item.parent is self for item in self.session.items)
        return wanted and self.budget is not None

    def _out(self) -> Path:
        """Each worker of pytest-xdist builds in a folder of its own."""
        worker = getattr(self.config, "workerinput", {}).get("workerid", "")
        return self.config.rootpath / "build" / worker / self.path.name


class ModelItem(pytest.Item):
    """One test of a model; an error of the user's to mend is shown as its one line."""

    parent: ModelFolder

    def runtest(self) -> None:
        """See ``check``."""
        fault: str | None = None
        try:
            self.check()
        except TrigforgeError as error:
            fault = str(error)
        if fault is not None:  # outside of the handler, or pytest prints both
            pytest.fail(fault, pytrace=False)

    def check(self) -> None:
        """Raise an error if the test fails."""
        raise NotImplementedError

    def reportinfo(self) -> tuple[Path, None, str]:
        """The place of the test, as pytest reports it."""
        return self.path, None, f"{self.name} of {self.parent.name}"

    def tell(self, name: str, value: str) -> None:
        """For the summary and for the JUnit file."""
        self.user_properties.append((f"{_PROPERTY}{name}", value))

    def cannot_tell(self, reason: str) -> NoReturn:
        """A skip, under ``--trigforge-strict`` a failure."""
        if self.config.getoption("--trigforge-strict"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


class AgreementItem(ModelItem):
    """Every simulator computes the integers of the emulator."""

    def check(self) -> None:
        """See the class."""
        outcome = self.parent.outcome
        for line in self.parent.notes:
            self.tell("note", line)
        for entry in outcome.verification:
            extent = f"{entry.events:,} events x {entry.outputs} outputs"
            self.tell(entry.simulator, f"{extent}, {entry.mismatches} mismatches")
        match outcome.error:
            case None | BudgetError():
                pass
            case ToolMissingError() as error:
                self.cannot_tell(str(error))
            case error:
                raise error
        if not outcome.verification or not all(entry.agrees for entry in outcome.verification):
            raise BitMismatch(f"the simulators of {self.parent.name} were not all compared and equal; see report.json")


class BudgetItem(ModelItem):
    """No line of the budget is violated."""

    def check(self) -> None:
        """See the class."""
        from trigforge.reports.budget import raise_violations
        from trigforge.reports.build_report import Verdict

        outcome = self.parent.outcome
        if self.parent.budget is None:
            pytest.skip(f"{self.parent.name} has no budget; write a table [budget] into its design file")
        for line in outcome.budget:
            self.tell(line.key, line.message.removeprefix(f"{line.key}: ") or line.verdict.value)
        raise_violations(outcome.budget)
        match outcome.error:
            case None:
                pass
            case ToolMissingError() as error:
                self.cannot_tell(str(error))
            case error:
                raise error
        untold = [line.message for line in outcome.budget if line.verdict is Verdict.CANNOT_TELL]
        if untold:
            self.cannot_tell("; ".join(untold))
        if not outcome.budget:
            self.cannot_tell(f"nothing was built of {self.parent.name} that a budget could be compared with")


class TriggerItem(ModelItem):
    """At its threshold the trigger keeps its efficiency and its rate, on all events of the model folder."""

    def check(self) -> None:
        """See the class."""
        from trigforge.flow.given import Given
        from trigforge.flow.rating import Asked, rate_files
        from trigforge.menu import check_hold
        from trigforge.reports import Verdict

        assert self.parent.hold is not None
        asked = Asked(given=Given(allow_inexact=bool(self.config.getoption("--trigforge-allow-inexact"))))
        curve, _ = rate_files(str(self.parent.path), asked=asked)
        lines = check_hold(self.parent.hold, curve)
        for line in lines:
            self.tell(line.key, line.message)
        broken, untold = (
            "; ".join(f"{line.key}: {line.message}" for line in lines if line.verdict is verdict)
            for verdict in (Verdict.VIOLATED, Verdict.CANNOT_TELL)
        )
        if broken:
            raise BudgetError(f"the trigger does not hold: {broken}")
        if untold:
            self.cannot_tell(untold)


def _report_in(folder: Path) -> BuildReport | None:
    """The report that a build left which then failed."""
    from trigforge.errors import ReportFormatError
    from trigforge.reports import load_report

    try:
        return load_report(folder / "report.json")
    except ReportFormatError:
        return None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events; give 1 or more")
    return int(text)
