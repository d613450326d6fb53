"""Networks of every kind at several initiation intervals: emulator, C simulation and Verilog are equal."""

from pathlib import Path

import pytest

from tests.agreement.fuzz import Tally, run_csim
from tests.agreement.kinds import KINDS, network
from tests.agreement.test_folding import check
from trigforge.design import DesignPoint, RtlDesign
from trigforge.project import Shell
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

SOME = [network(kind, 1) for kind in KINDS]


def test_the_c_simulation_equals_the_emulator() -> None:
    tally = Tally()
    run_csim([found for found, _ in SOME], tally, DesignPoint())
    assert (tally.wrong, tally.refused) == ({}, {})


@pytest.mark.parametrize(("interval", "shell"), [(3, Shell.VALID), (None, Shell.AXIS)])
def test_kinds_of_networks_at_every_interval(interval: int | None, shell: Shell, tmp_path: Path) -> None:
    """All intervals and more networks: ``python benchmarks/folding_kinds.py``."""
    projects = [
        to_project(found, DesignPoint(rtl=RtlDesign(initiation_interval=interval or slices, share_neurons=True)))
        for found, slices in SOME
    ]
    for (found, _), simulation in zip(SOME, verilator.compile_rtl_batch(projects, tmp_path, shell), strict=True):
        check(found, simulation, 500)
