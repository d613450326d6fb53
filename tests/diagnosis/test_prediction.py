"""The recorded builds: predicted LUTs within 25 % of the mapped ones, minutes within a factor of 1.5."""

from __future__ import annotations

import sys
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.card import folders
from trigforge.building import Builder, dense, each
from trigforge.design import DesignPoint, load_design
from trigforge.diagnosis import folding_that_fits, predict, shares
from trigforge.diagnosis.prediction import model, size_of
from trigforge.fixed import FixedArray
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.rtl import logic_of

FASTEST = "muon_tracker_cnn"


@pytest.fixture
def doctor(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Any, None, None]:
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    yield import_module("doctor")
    for name in ("doctor", "harness"):
        sys.modules.pop(name, None)


def test_every_shipped_and_published_model_was_built(doctor: Any) -> None:
    names = {built.name for built in doctor.recorded()}
    assert names >= {folder.name for folder in folders()}
    assert len(names) >= model().lut.designs == len(doctor.recorded())


def test_predictions_hold(doctor: Any) -> None:
    for built in doctor.recorded():
        assert abs(built.size.lut / built.lut - 1) <= 0.25, built.name
        assert 1 / 1.5 <= built.size.minutes / built.minutes <= 1.5, built.name


def test_the_page_and_the_constants_are_those_of_the_records(doctor: Any, repository: Path) -> None:
    assert doctor.table(doctor.recorded()) in (repository / "docs" / "doctor.md").read_text(encoding="utf-8")
    builds = doctor.recorded()
    assert (
        doctor.fit([built.size.bits for built in builds], [built.lut for built in builds], doctor.KNOWN) == model().lut
    )


def test_a_model_is_what_was_recorded(doctor: Any) -> None:
    (built,) = (entry for entry in doctor.recorded() if entry.name == FASTEST)
    source = resolve(FASTEST)
    assert source.design is not None
    found = logic_of(read_source(source), load_design(source.design).point)
    size = size_of(found, built.size.events)
    assert {group: size.bits.get(group, 0.0) for group in doctor.GROUPS} == built.size.bits
    prediction = predict(found, 1000)
    assert prediction.lut.value == round(sum(shares(found).values()))
    assert prediction.adder_bits == found.adder_bits


def test_factors_are_never_negative(doctor: Any) -> None:
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    np.testing.assert_allclose(doctor.factors(rows, np.array([3.0, 5.0, 7.0])), [3.0, 2.0])
    assert (doctor.factors(rows, np.array([3.0, 2.0, 1.0])) >= 0).all()


def test_the_interval_at_which_a_transformer_fits_is_named() -> None:
    """Slices of a set share hardware; what is no slice does not get smaller."""
    build = Builder("rows")
    weight = FixedArray.of(np.arange(-32, 32).reshape(8, 8), -4)
    x = build.input("x", (16, 8), "ap_fixed<6,3>")
    rows = each(x, lambda row: dense(row, weight))
    graph = build.graph([rows])
    found = logic_of(graph, DesignPoint())
    whole = predict(found, 1000).lut.value
    assert folding_that_fits(found, graph, whole / 3.9) == (4, pytest.approx(whole / 4, rel=0.01))
    assert folding_that_fits(found, graph, whole / 1000) is None
