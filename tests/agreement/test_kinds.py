"""Networks of every kind at several initiation intervals: emulator, C simulation and Verilog are equal."""

from pathlib import Path

import pytest

from tests.agreement.fuzz import Tally, run_csim
from tests.agreement.kinds import KINDS, most_slices
from tests.agreement.test_folding import check
from trigforge.design import DesignPoint, RtlDesign
from trigforge.project import Shell
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

SOME = [draw(1) for draw in KINDS.values()]


def test_the_c_simulation_equals_the_emulator() -> None:
    tally = Tally()
    run_csim(SOME, tally, DesignPoint())
    assert (tally.wrong, tally.refused) == ({}, {})


@pytest.mark.parametrize(("interval", "shell"), [(3, Shell.VALID), (None, Shell.AXIS)])
def test_kinds_of_networks_at_every_interval(interval: int | None, shell: Shell, tmp_path: Path) -> None:
    """All intervals and more networks: ``python benchmarks/folding_kinds.py``."""
    projects = [
        to_project(
            found, DesignPoint(rtl=RtlDesign(initiation_interval=interval or most_slices(found), share_neurons=True))
        )
        for found in SOME
    ]
    for found, simulation in zip(SOME, verilator.compile_rtl_batch(projects, tmp_path, shell, quick=True), strict=True):
        check(found, simulation, 500)
