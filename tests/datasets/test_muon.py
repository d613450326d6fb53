"""The muon chamber: refusals, the answer of the gaps, the fit, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.muon import (
    CHAMBER,
    CLEAN,
    Conditions,
    MuonDataError,
    check,
    check_read_by,
    fit_lines,
    read_fake_tgc,
    read_root,
    simulate,
    write_root,
)


def test_same_seed_same_muons() -> None:
    first, second = simulate(200, 3), simulate(200, 3)
    assert np.array_equal(first.hits, second.hits)
    assert np.array_equal(first.angle_mrad, second.angle_mrad)


def test_clean_muons_fire_every_gap() -> None:
    muons = simulate(500, 1, conditions=CLEAN)
    assert set(np.unique(muons.hits.sum(axis=2))) == {1, 2}


def test_noise_and_efficiency() -> None:
    muons = simulate(2_000, 1, conditions=Conditions(efficiency=0.0, noise=0.01))
    assert 0.0095 < muons.hits.mean() < 0.0105


def test_fit_finds_the_angle_and_rejects_outliers() -> None:
    clean, default = simulate(2_000, 2, conditions=CLEAN), simulate(2_000, 2)
    assert (fit_lines(clean.hits).angle_mrad - clean.angle_mrad).std() < 1.3
    plain = np.abs(fit_lines(default.hits).angle_mrad - default.angle_mrad)
    rejected = np.abs(fit_lines(default.hits, reject_above=6.0).angle_mrad - default.angle_mrad)
    assert np.nanquantile(rejected, 0.95) < np.nanquantile(plain, 0.95)


def test_bad_geometry_is_refused() -> None:
    first, second, *others = CHAMBER.gaps
    overlapping = replace(CHAMBER, gaps=(first, replace(second, z_m=first.z_m), *others))
    with pytest.raises(MuonDataError) as caught:
        check(overlapping)
    assert str(caught.value) == (
        "gaps 1 and 2 overlap: they stand at 13.4 m and 13.4 m, and a gap is 2.8 mm thick; "
        "move them apart, in the order a muon crosses them"
    )
    with pytest.raises(MuonDataError) as caught:
        simulate(1, 1, chamber=replace(CHAMBER, gaps=(replace(first, pitch_mm=0.0), second, *others)))
    assert str(caught.value) == "gap 1 has a pitch of 0 mm; give a width above 0"
    with pytest.raises(MuonDataError) as caught:
        check_read_by(replace(CHAMBER, channels=64), 7, 50)
    assert str(caught.value) == (
        "the chamber has 64 channels a gap, the network reads 50; "
        "cut the chamber into sectors, or train a network that reads more"
    )


def test_root_and_fake_tgc(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    muons = simulate(100, 4)
    write_root(tmp_path / "muons.root", muons)
    assert np.array_equal(read_root(tmp_path / "muons.root").hits, muons.hits)
    with h5py.File(tmp_path / "fake_TGC.h5", "w") as file:
        file["X"], file["Y"] = muons.hits, muons.angle_mrad
    splits = read_fake_tgc(tmp_path / "fake_TGC.h5")
    assert {name: len(part) for name, part in splits.items()} == {"train": 70, "validation": 10, "test": 20}
    chosen = np.random.default_rng(42).permutation(100)[80:]
    assert np.array_equal(splits["test"].hits, muons.hits[chosen])
