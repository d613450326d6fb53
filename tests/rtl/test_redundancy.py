"""Triplicated registers: the same integers in the same cycles, three flip-flops a bit, also behind synthesis."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.agreement.folds import all_folded
from tests.agreement.fuzz import row_by_row
from tests.agreement.test_folding import SMALL, attention_block, check
from tests.rtl.graphs import CORNERS, STORED
from trigforge.design import DesignPoint, Redundancy, RtlDesign, read_design
from trigforge.errors import DesignError
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, Shell, write
from trigforge.rtl import logic_of, to_project
from trigforge.toolchain import verilator

TRIPLICATED = Redundancy.TRIPLICATED
FAST = DesignPoint(rtl=RtlDesign(stage_delay_ns=0.9, redundancy=TRIPLICATED))
FOLDED = DesignPoint(rtl=RtlDesign(initiation_interval=4, share_neurons=True, redundancy=TRIPLICATED))
HELD = "register|delay|hold|choose|switch|accumulate|slots"
SHELLS = "valid_pipeline|axis_flow|beats|tmux_\\w+|sequencer|quiet|axi_lite|i2c|register_file"
CELL = re.compile(rf"^\s*tf_(?:{HELD}|{SHELLS}) .*", re.MULTILINE)
REGISTER = re.compile(r"^\s*(?:output )?reg ", re.MULTILINE)


def plain(design: DesignPoint) -> DesignPoint:
    """The same design with each register once."""
    return replace(design, rtl=replace(design.rtl, redundancy=Redundancy.NONE))


def folded() -> list[tuple[FixedPointGraph, DesignPoint]]:
    """Small graphs of which slices share instances, events four cycles apart."""
    return [all_folded(found, FOLDED) for found in SMALL[:12]]


def serial() -> list[tuple[FixedPointGraph, DesignPoint]]:
    """Small graphs that take their inputs row by row."""
    made = [(found, row_by_row(found, 1, DesignPoint(rtl=RtlDesign(redundancy=TRIPLICATED)))) for found in SMALL]
    return [(found, design) for found, design in made if design.inputs][:12]


@pytest.mark.parametrize("shell", [Shell.VALID, Shell.AXIS])
@pytest.mark.parametrize("kind", ["corners", "folded", "serial"])
def test_the_integers_and_cycles_are_those_without(kind: str, shell: Shell, tmp_path: Path) -> None:
    corners = [(found, FAST) for found in CORNERS.values()]
    built = {"corners": lambda: corners, "folded": folded, "serial": serial}[kind]()
    projects = [to_project(*entry) for entry in built]
    for (found, design), project in zip(built, projects, strict=True):
        once = to_project(found, plain(design))
        assert (project.latency_cycles, project.initiation_interval) == (once.latency_cycles, once.initiation_interval)
    for (found, _), simulation in zip(
        built, verilator.compile_rtl_batch(projects, tmp_path, shell, quick=True), strict=True
    ):
        check(found, simulation, 300)


def test_no_register_of_the_core_or_its_shells_stands_once() -> None:
    """Nothing but hand-written modules holds registers, and each of these is told to triplicate its own."""
    kinds = set[Shell]()
    for found, design in [(STORED, FAST), *folded(), *serial(), (attention_block(), FOLDED)]:
        project = to_project(found, design)
        shells = [path for path in project.files if path.startswith("shells/")]
        kinds |= dict(project.shells).keys()
        generated = [path for path in project.sources if path.startswith("core/")]
        for path in [*generated, *project.probed, *shells]:
            if path.startswith("cells/"):
                continue
            text = project.files[path]
            assert all("entry;" in line for line in text.splitlines() if REGISTER.match(line)), path
            for cell in CELL.findall(text):
                assert ".TRIPLICATED(1)" in cell, (path, cell)
    assert kinds == {*Shell}


def test_linters_find_nothing(tmp_path: Path) -> None:
    for number, (found, design) in enumerate([(STORED, FAST), (attention_block(), FOLDED), serial()[0]]):
        written = write(to_project(found, design), tmp_path / str(number))
        for shell in (Shell.VALID, Shell.AXIS, None):
            verilator.lint_rtl(written, shell)
        verilator.lint_rtl(written, probes=True)


def counts(project: RtlProject, design: DesignPoint, folder: Path) -> tuple[int, int, float]:
    """Flip-flops and look-up tables of all copies of all stages, and the longest path in ns."""
    mapped = map_and_time(write(project, folder), design, Silent())
    ff = sum(entry.mapped.stage.copies * entry.mapped.ff for entry in mapped)
    lut = sum(entry.mapped.stage.copies * entry.mapped.lut for entry in mapped)
    return ff, lut, max(entry.timing.logic_ns for entry in mapped)


@pytest.mark.parametrize("kind", ["pipeline", "folded"])
def test_synthesis_keeps_the_copies(kind: str, tmp_path: Path) -> None:
    """Three flip-flops for each of the design without, and a voter a bit."""
    found, design = (STORED, FAST) if kind == "pipeline" else (attention_block(), FOLDED)
    once, thrice = to_project(found, plain(design)), to_project(found, design)
    ff, lut, ns = counts(once, plain(design), tmp_path / "once")
    ff_voted, lut_voted, ns_voted = counts(thrice, design, tmp_path / "thrice")
    assert 3 * ff <= ff_voted <= 3.2 * ff  # of a register that stands once, bits that others hold too are saved
    assert kind == "folded" or ff_voted == 3 * thrice.probe_bits
    assert 0.9 * ff <= lut_voted - lut <= 1.6 * ff
    assert ns_voted > ns
    assert thrice.delay_bits == once.delay_bits and (once.delay_voters, thrice.delay_voters) == (0, once.delay_bits)


def test_the_estimate_counts_a_look_up_table_for_each_voter() -> None:
    for found, design in [(STORED, FAST), (attention_block(), FOLDED)]:
        once, thrice = to_project(found, plain(design)), to_project(found, design)
        voters = thrice.adder_bits - once.adder_bits
        assert voters > thrice.delay_bits
        assert logic_of(found, design).adder_bits - logic_of(found, plain(design)).adder_bits == voters


def test_a_kind_of_redundancy_that_is_unknown_is_refused() -> None:
    known = "known are NONE, TRIPLICATED"
    for value, told in (("tmr", known), ("triplicate", "TRIPLICATED"), ("", known)):
        with pytest.raises(DesignError, match=r"\[rtl\] redundancy = .* is unknown") as error:
            read_design({"rtl": {"redundancy": value}}, "design file")
        assert told in str(error.value)
    with pytest.raises(DesignError, match="redundancy = 3 should be text"):
        read_design({"rtl": {"redundancy": 3}}, "design file")
    assert read_design({"rtl": {"redundancy": "triplicated"}}, "design file").point.rtl.redundancy is TRIPLICATED
