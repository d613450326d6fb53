"""What `docs/asic.md` says of designs in standard cells, from stored results."""

from __future__ import annotations

from benchmarks import asic
from trigforge.design import Redundancy


def test_the_page_shows_the_stored_results() -> None:
    page = asic.PAGE.read_text()
    lines = (asic.figures_table(), asic.energy_table(), asic.extrapolated_table(), asic.time_line())
    assert all(text in page for text in lines)


def test_both_ways_are_of_one_graph_and_triplication_costs() -> None:
    views = asic.views()
    for name in asic.MODELS:
        once, thrice = views[f"{name}_none"], views[f"{name}_triplicated"]
        assert once.redundancy is Redundancy.NONE and thrice.redundancy is Redundancy.TRIPLICATED
        assert once.digest == thrice.digest and once.latency_cycles == thrice.latency_cycles
        assert thrice.flip_flops >= 3 * once.flip_flops and thrice.area_mm2 > once.area_mm2
        assert thrice.energy.total_pJ > once.energy.total_pJ


def test_each_extrapolated_row_says_so() -> None:
    rows = asic.extrapolated_table().splitlines()[3:]
    assert rows and all("extrapolated from 180 nm" in row for row in rows)
