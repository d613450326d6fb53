"""The estimates beside the public pairs: package and page hold what the stored data give, and the errors hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.calibration import CONSTANTS
from benchmarks.estimates_study import fitting, page, pairs, pictures, results
from benchmarks.estimates_study.circuits import CIRCUITS, Circuit
from benchmarks.estimates_study.fitting import Design, family
from benchmarks.estimates_study.pairs import Pair
from benchmarks.estimates_study.results import Fits


@pytest.fixture(scope="module")
def fits() -> Fits:
    return results.load()


def test_the_package_holds_what_the_data_give(fits: Fits) -> None:
    assert CONSTANTS.read_text(encoding="utf-8") == results.constants(fits)


def test_the_page_shows_what_the_data_give(fits: Fits, tmp_path: Path) -> None:
    copy = tmp_path / "estimates.md"
    shutil.copy(page.PAGE, copy)
    page.write(fits, copy)
    assert copy.read_text(encoding="utf-8") == page.PAGE.read_text(encoding="utf-8")


def test_the_picture_shows_what_the_data_give(fits: Fits, tmp_path: Path) -> None:
    pictures.draw(fits, tmp_path / pictures.PICTURE.name)
    assert (tmp_path / pictures.PICTURE.name).read_bytes() == pictures.PICTURE.read_bytes()


def test_placed_lut_holds_for_families_that_were_left_out(fits: Fits) -> None:
    for residuals in (fits.lut, fits.lut_by_study):
        assert len(residuals) == len(fits.designs)
        assert fitting.rms_percent(list(residuals.values())) <= 5
        assert fitting.within(residuals) >= 0.9 * len(residuals)


def test_the_period_holds_for_families_that_were_left_out(fits: Fits) -> None:
    assert len(fits.period) == len(fits.designs)
    assert fitting.rms_percent(list(fits.period.values())) <= 12
    assert fitting.covered(fits.period, family) >= 0.85 * len(fits.period)


def test_every_public_pair_is_shown_with_its_source() -> None:
    known = pairs.load()
    assert len({pair.network for pair in known}) == len(known) > 20
    assert all(pair.source and pair.remark for pair in known)
    assert {pair.circuit for pair in known} <= {*CIRCUITS, None}


def _design(name: str, lut: int, mapped: int, adder_bits: float | None = None) -> Design:
    pair = Pair(name, name, name, lut, None, None, None, 3.0, 2.0, 1, adder_bits, "c@2", "a table", "none")
    return Design(pair, Circuit("c", 2, 1000.0, 4, mapped + 7, 7, 0, (2.0, 1.0), (1.5, 0.5)))


def test_mapped_luts_are_without_inverters_and_by_bits_where_the_circuit_is_another() -> None:
    exact = _design("a", 1000, 900)
    assert fitting.mapped_lut(exact, []) == 900
    assert fitting.mapped_lut(_design("b", 1000, 500, adder_bits=2000.0), [exact]) == 1800


def test_a_design_is_estimated_without_its_group() -> None:
    those = [_design("a", 1100, 1000), _design("b", 1000, 1000)]
    residuals = fitting.left_out(those, family, fitting.estimated_lut, lambda design: design.pair.logic_lut)
    assert list(residuals.values()) == [1000 / 1100 - 1, 1100 / 1000 - 1]


def test_an_interval_is_the_error_of_its_rank() -> None:
    assert fitting.interval_percent([0.01 * n for n in range(-9, 11)]) == pytest.approx(9)
    assert fitting.interval_percent([0.03, -0.02]) == pytest.approx(3)


def test_a_period_that_met_its_target_is_not_fitted() -> None:
    met = Pair("m", "m", "m", 1, None, None, None, 4.7, 5.0, 1, None, "c@2", "a table", "none")
    assert not met.pressed
    assert _design("a", 1, 1).pair.pressed
