"""A build whose slices share instances: the report tells which, and counts no register twice."""

from __future__ import annotations

from pathlib import Path

import pytest

import trigforge
from tests.rtl.test_folding import SET, every
from trigforge.design import DesignPoint
from trigforge.reports import BuildRoute, Figure, Provenance, load_report
from trigforge.resources.parts import FpgaResource


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of a graph of three rows, one of which is taken in every cycle."""
    folder = tmp_path_factory.mktemp("shared")
    assert trigforge.build(SET, every(3), out=folder).verified
    return folder


def test_the_report_tells_what_slices_share(folder: Path) -> None:
    built = load_report(folder / "report.json").implementation(BuildRoute.RTL)
    assert built is not None and built.sharing is not None
    sharing = built.sharing
    assert (sharing.asked_interval, sharing.interval, sharing.kept_apart) == (3, 3, ())
    rows, total = sharing.occupancy
    assert (rows.name, rows.slices, rows.instances, rows.slots, rows.accumulates) == ("m", 3, 1, 3, False)
    assert total.name == "y" and total.accumulates
    assert total.end_cycle == built.latency.cycles.value  # type: ignore[union-attr]
    assert rows.begin_cycle + rows.latency_cycles == total.begin_cycle
    leaves = list(sharing.leaves())
    assert all(isinstance(leaf, Figure) and leaf.provenance is Provenance.ESTIMATED for leaf in leaves)
    assert "Shared instances" in (folder / "report.html").read_text(encoding="utf-8")


def test_registers_that_slices_share_count_once(folder: Path) -> None:
    built = load_report(folder / "report.json").implementation(BuildRoute.RTL)
    assert built is not None
    mapped = built.mapped[FpgaResource.FF]
    assert isinstance(mapped, Figure)
    assert sum(layer.ff for layer in built.layers) == mapped.value
    assert {stage.busy_cycles for stage in built.stages} == {3}


def test_at_an_interval_of_1_nothing_is_told(tmp_path: Path) -> None:
    trigforge.build(SET, DesignPoint(), out=tmp_path)
    assert '"sharing"' not in (tmp_path / "report.json").read_text(encoding="utf-8")
