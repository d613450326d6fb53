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
from trigforge.design import load_design
from trigforge.diagnosis import predict, shares
from trigforge.diagnosis.prediction import model, size_of
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
