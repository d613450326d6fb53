"""The page on the autoencoder: what it says is what was measured, and its weight sets are those of one firmware."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.econ_study import page
from benchmarks.econ_study.building import POINTS
from benchmarks.econ_study.quality import BASELINES
from benchmarks.econ_study.results import Found
from benchmarks.econ_study.sets import SETS, WeightSet, firmware, registers
from models import econ


def test_the_page_is_that_of_the_results(tmp_path: Path) -> None:
    shutil.copy(page.FOLDER / "econ.md", tmp_path)
    page.write(tmp_path / "econ.md")
    text = (page.FOLDER / "econ.md").read_text(encoding="utf-8")
    assert (tmp_path / "econ.md").read_text(encoding="utf-8") == text, "run python benchmarks/econ.py draw"


def test_everything_on_it_was_measured() -> None:
    found = Found.load()
    for bits in econ.LINKS:
        assert set(found.subjects(bits).values()) <= set(found.bins)
        assert len(found.subjects(bits)) == 1 + len(BASELINES)
    assert {weights.name for weights in SETS} <= set(found.bins)
    for key in ("constant", "turns"):
        agreed = found.agreed.of(key)
        assert min(agreed[f"{name}: modules"] for name in page.SIMULATORS) >= 100_000
        assert sum(agreed[f"{name}: mismatches"] for name in page.SIMULATORS) == 0
    assert {point.key for point in POINTS} >= {"constant", "lut", "dsp", "turns"}


@pytest.mark.parametrize("weights", SETS[::4], ids=lambda weights: weights.name)
def test_the_firmware_takes_a_weight_set(weights: WeightSet) -> None:
    pytest.importorskip("hgq")
    taken = registers(weights)
    own = {tensor.name: tensor.shape for tensor in firmware().inputs if tensor.name in taken}
    assert sum(values.size for values in taken.values()) == 2144
    assert {name: values.shape[1:] for name, values in taken.items()} == own
