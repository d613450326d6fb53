"""Reports of graphs that are not their model to the bit, or that nobody compared: said on top, everywhere."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from trigforge.diagnosis.records import Diagnosis, Environment, ModelFinding
from trigforge.diagnosis.terminal import render
from trigforge.graph import Approximation, Comparison, reservations
from trigforge.reports import BuildReport, print_report
from trigforge.reports.files import from_json, to_json
from trigforge.reports.html import render_html

NEAR = (Approximation("act", "act.quantizer", 1, 8, 3, 255), Approximation("sum", "sum", 4, 28))
RAN = Comparison("ONNX", 1000, 12, "0.0625")
SKIPPED = Comparison(skipped="the package qonnx, which computes its quantizers, is not installed")
HEADLINE = (
    "INEXACT: 2 layers are approximations of the model, within the bounds below; "
    "compared with: ONNX, on 1,000 events, of which 12 differ, by 0.0625 at most"
)


def printed(report: BuildReport) -> list[str]:
    file = io.StringIO()
    print_report(report, Console(file=file, width=200))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_an_inexact_report_says_so_first(with_vendor: BuildReport) -> None:
    report = replace(with_vendor, approximations=NEAR, comparison=RAN)
    assert printed(report)[2] == HEADLINE
    page = render_html(report)
    assert page.index("INEXACT") < page.index("VERIFIED")
    assert from_json(to_json(report)) == report


def test_a_report_says_what_was_not_compared(with_vendor: BuildReport) -> None:
    report = replace(with_vendor, comparison=SKIPPED)
    assert printed(report)[2] == f"NOT COMPARED WITH THE MODEL: {SKIPPED.skipped}"
    assert "NOT COMPARED WITH THE MODEL" in render_html(report)
    compared = replace(with_vendor, comparison=Comparison("ONNX", 1000))
    (row,) = [line for line in printed(compared) if line.startswith("ONNX, the trained model")]
    assert row.split()[-2:] == ["1,000", "0"] and "NOT COMPARED" not in render_html(compared)


def test_reservations_are_one_line_each() -> None:
    assert reservations(NEAR, RAN) == (
        "inexact: 'act.quantizer' of layer 'act' lies within 1 unit in the last of its 8 bits, for 3 of 255 values of "
        "its operand",
        "inexact: layer 'sum' lies within 4 units in the last of its 28 bits",
        "compared with: ONNX, on 1,000 events, of which 12 differ, by 0.0625 at most",
    )
    assert reservations((), SKIPPED) == (f"compared with: nothing, because {SKIPPED.skipped}",)
    assert reservations((), Comparison("ONNX", 1000)) == () == reservations((), None)


def test_doctor_never_calls_an_approximation_exact() -> None:
    nothing = Environment((), 2, 4.0, "none", (), ())
    for finding, verdict in (
        (
            ModelFinding("net", "abc", (), approximations=NEAR, comparison=RAN),
            "CAN BE BUILT, but not to the bit: INEXACT",
        ),
        (ModelFinding("net", "abc", (), comparison=SKIPPED), "CAN BE BUILT to the bit"),
    ):
        file = io.StringIO()
        Console(file=file, width=200).print(render(Diagnosis(nothing, finding)))
        lines = file.getvalue().splitlines()
        assert lines[1] == verdict
        told = reservations(finding.approximations, finding.comparison)
        assert tuple(lines[2 : 2 + len(told)]) == told
