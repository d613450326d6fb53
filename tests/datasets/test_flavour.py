"""Jets of flavour tagging: geometry, resolution, labels, equal kinematics, and a few real ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.flavour import CLASSES, FEATURES, SAMPLE_PATH, FlavourDataError, FlavourJets, generator, join, read_root
from datasets.flavour.clustering import _labels, cluster
from datasets.flavour.events import Hadrons, Particles
from datasets.flavour.files import read_table, table_digest
from datasets.flavour.matching import ETA_EDGES, PT_EDGES_GEV, choose, triples
from datasets.flavour.tracks import Tracks, features, measure

D0, Z0, D0_SIGNIFICANCE, Z0_SIGNIFICANCE, SHARE, DR = range(6)


def particles(px: object, py: object, pz: object, place: object = (0.0, 0.0, 0.0)) -> Particles:
    """Charged pions of one event, born at `place` in mm."""
    momentum = np.broadcast_arrays(*(np.atleast_1d(np.asarray(p, np.float64)) for p in (px, py, pz)))
    born = np.broadcast_to(np.asarray(place, np.float64), (len(momentum[0]), 3)).T
    energy = np.sqrt(sum(p**2 for p in momentum) + 0.14**2)
    return Particles(np.zeros(len(energy), np.int64), np.ones(len(energy), np.bool_), *momentum, energy, *born)


def test_impact_parameters_are_the_closest_point_of_the_line() -> None:
    rng = np.random.default_rng(1)
    momentum, place = rng.normal(0, 50, (2000, 3)), rng.normal(0, 3, (2000, 3))
    own = particles(*momentum.T, place)
    made = measure(own, np.arange(2000), rng)
    assert 0.90 < len(made.pt) / 2000 < 0.96
    at = place[made.jet] - momentum[made.jet] * (
        (place[made.jet] * momentum[made.jet])[:, :2].sum(axis=1) / (momentum[made.jet, :2] ** 2).sum(axis=1)
    ).reshape(-1, 1)
    assert np.median(np.abs(np.abs(made.d0) - np.hypot(at[:, 0], at[:, 1]))) < 0.02
    for measured, true, error in ((made.z0, at[:, 2], made.z0_error),):
        pull = (measured - true) / error
        assert abs(pull.mean()) < 0.1 and 1.0 < pull.std() < 1.25
    assert 0.002 < (np.abs(pull) > 3.5).mean() < 0.02


def test_errors_are_those_of_the_formula() -> None:
    made = measure(particles(np.full(50, 3.0), 0.0, 4.0), np.zeros(50, np.int64), np.random.default_rng(2))
    np.testing.assert_allclose(made.d0_error, np.hypot(0.010, 0.100 / (5 * 0.6**1.5)))
    np.testing.assert_allclose(made.z0_error, np.hypot(0.030, 0.120 / (5 * 0.6**2.5)))


def test_slow_far_and_neutral_particles_leave_no_track() -> None:
    rng = np.random.default_rng(3)
    jet = np.zeros(20, np.int64)
    assert not len(measure(particles(np.full(20, 0.4), 0.0, 9.0), jet, rng).pt)
    assert not len(measure(particles(np.full(20, 9.0), 0.0, 0.0, (0.0, 101.0, 0.0)), jet, rng).pt)
    own = particles(np.full(20, 9.0), 0.0, 0.0)
    assert not len(measure(Particles(own.event, ~own.charged, *list(vars(own).values())[2:]), jet, rng).pt)


def test_a_decay_ahead_has_positive_d0_and_one_behind_negative() -> None:
    rng = np.random.default_rng(4)
    phi_jet = rng.uniform(-np.pi, np.pi, 400)
    turn = rng.uniform(0.05, 0.3, 400) * rng.choice([-1, 1], 400)
    along = np.repeat([3.0, -3.0], 200)
    place = np.stack([along * np.cos(phi_jet), along * np.sin(phi_jet), np.zeros(400)], axis=1)
    own = particles(20 * np.cos(phi_jet + turn), 20 * np.sin(phi_jet + turn), 0.0, place)
    made = measure(own, np.arange(400), rng)
    found = features(np.full(400, 50.0), np.zeros(400), phi_jet, made)[:, 0]
    there = found.any(axis=1)
    assert (found[:200][there[:200], D0] > 0).mean() > 0.97 and (found[200:][there[200:], D0] < 0).mean() > 0.97
    np.testing.assert_allclose(found[there, SHARE], 0.4, rtol=1e-5)
    np.testing.assert_allclose(found[there, DR], np.abs(turn[there]), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(0, 90))
def test_features_against_a_loop(seed: int, jets: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (3, number)).round(1), rng.uniform(0.01, 2, (3, number))
    tracks = Tracks(
        rng.integers(0, jets, number), values[1][0], values[0][0], 3 * values[0][1], values[0][2], values[0][1],
        values[1][1], values[1][2],
    )  # fmt: skip
    pt, eta, phi = rng.uniform(30, 90, jets), rng.normal(0, 1, jets), rng.uniform(-np.pi, np.pi, jets)
    found = features(pt, eta, phi, tracks)
    for jet in range(jets):
        rows = []
        for n in np.flatnonzero(tracks.jet == jet):
            turn = np.remainder(tracks.phi[n] - phi[jet] + np.pi, 2 * np.pi) - np.pi
            d0 = abs(tracks.d0[n]) * (-1 if tracks.d0[n] * np.sin(turn) < 0 else 1)
            rows.append(
                (d0, tracks.z0[n], d0 / tracks.d0_error[n], tracks.z0[n] / tracks.z0_error[n], tracks.pt[n] / pt[jet],
                 np.hypot(tracks.eta[n] - eta[jet], turn))
            )  # fmt: skip
        rows.sort(key=lambda row: -abs(row[D0_SIGNIFICANCE]))
        expected = np.zeros((15, 6), np.float32)
        expected[: len(rows)] = np.array(rows[:15], np.float32).reshape(-1, 6)
        assert np.array_equal(found[jet], expected)


def test_labels_go_to_the_nearest_heaviest_hadron() -> None:
    hadrons = Hadrons(np.array([0, 0, 2]), np.array([1, 0, 1]), np.array([0.0, 0.2, 0.0]), np.array([3.1, -3.1, 0.0]))
    event, eta, phi = np.array([0, 0, 0, 1, 2, 2]), np.array([0.0, 0.45, -0.2, 0.0, 0.0, 0.31]), np.zeros(6)
    phi[:3] = -3.14
    assert _labels(event, eta, phi, hadrons).tolist() == [0, 0, 1, 2, 1, 2]
    assert _labels(event[:0], eta[:0], phi[:0], hadrons).tolist() == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 400))
def test_triples_have_one_jet_of_each_class_in_one_cell(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    pt, eta, label = rng.uniform(28, 60, number), rng.uniform(-2.5, 2.5, number), rng.integers(0, 3, number)
    triple = triples(pt, eta, label)
    cell = np.searchsorted(PT_EDGES_GEV, pt, "right") * 10 + np.searchsorted(ETA_EDGES, np.abs(eta), "right")
    inside = (pt >= 30) & (np.abs(eta) < 2.3)
    assert not (triple[~inside] >= 0).any()
    for number_of in range(triple.max(initial=-1) + 1):
        own = triple == number_of
        assert sorted(label[own]) == [0, 1, 2] and len(set(cell[own])) == 1
    for alone in np.unique(cell[inside & (triple < 0)]):
        left = label[(cell == alone) & (triple < 0)]
        assert len(set(left)) < len(CLASSES)
    if triple.max(initial=-1) >= 1:
        drawn = choose(triple, 2, rng)
        assert len(drawn) == 6 and sorted(label[drawn]) == [0, 0, 1, 1, 2, 2]


def test_the_sample() -> None:
    jets = read_root(SAMPLE_PATH)
    assert np.bincount(jets.labels).tolist() == [4000] * 3
    assert SAMPLE_PATH.stat().st_size <= 3_000_000
    assert jets.tracks.dtype == np.float32 and jets.jet_pt is not None and jets.jet_eta is not None
    assert jets.jet_pt.min() >= 30 and jets.jet_pt.max() <= PT_EDGES_GEV[-1] and np.abs(jets.jet_eta).max() < 2.3
    cells = np.histogram(jets.jet_pt[jets.labels == 0], PT_EDGES_GEV)[0]
    for label in (1, 2):
        assert np.array_equal(np.histogram(jets.jet_pt[jets.labels == label], PT_EDGES_GEV)[0], cells)
    significance = np.abs(jets.tracks[:, :, D0_SIGNIFICANCE])
    assert (np.diff(significance, axis=1) <= 0).all()
    first = [np.median(significance[jets.labels == label, 0]) for label in range(3)]
    assert first[0] > 10 and 2.5 < first[1] < 6 and 1.5 < first[2] < 2.5
    displaced = jets.tracks[jets.labels == 0][:, :, D0_SIGNIFICANCE]
    assert (displaced > 5).sum() > 4 * (displaced < -5).sum()
    mean = [jets.counts[jets.labels == label].mean() for label in range(3)]
    assert 7.5 < mean[0] < 8.5 and 6.5 < mean[1] < 7.5 and 6.5 < mean[2] < 7.8
    counts = read_table(SAMPLE_PATH).columns["n_tracks"]
    assert np.array_equal(np.minimum(counts, 15), jets.counts)


def test_join_and_take() -> None:
    jets = FlavourJets(np.ones((2, 15, 6), np.float32), np.zeros(2, np.int8), np.ones(2, np.float32))
    assert len(join([jets, jets])) == 4 and join([jets, jets]).jet_eta is None
    assert len(jets.take(np.array([True, False]))) == 1 and jets.counts.tolist() == [15, 15]
    with pytest.raises(FlavourDataError, match=r"^tracks have shape \(2, 14, 6\), expected \(2, 15, 6\)$"):
        FlavourJets(np.ones((2, 14, 6), np.float32), np.zeros(2, np.int8))
    with pytest.raises(FlavourDataError, match=r"^jet_pt has shape \(3,\), expected \(2,\)$"):
        FlavourJets(np.ones((2, 15, 6), np.float32), np.zeros(2, np.int8), np.ones(3, np.float32))


def test_a_few_real_jets(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pythia8mc", reason="the extra [generate] (Pythia 8) is not installed")
    pytest.importorskip("fastjet", reason="the extra [generate] (FastJet) is not installed")
    monkeypatch.setattr(generator, "EVENTS_PER_BATCH", {"ttbar": 30, "ccbar": 15})
    first, again = (generator.generate_jets(12, 1) for _ in range(2))
    assert table_digest(first) == table_digest(again)
    columns = first.columns
    assert np.bincount(columns["label"]).tolist() == [4, 4, 4]
    values = np.stack([columns[f"track_{name}"] for name in FEATURES], axis=2)
    assert np.isfinite(values).all() and (values[..., DR] < 0.8).all()
    assert (values[..., SHARE].sum(axis=1) < 1.001).all()
    assert (np.abs(columns["jet_eta"]) < 2.3).all() and (columns["jet_mass"] > 0).all()


def test_clusters_of_an_empty_event() -> None:
    pytest.importorskip("fastjet", reason="the extra [generate] (FastJet) is not installed")
    own = particles([40.0, 1.0, -60.0], [1.0, 0.0, 0.0], [0.0, 0.0, 500.0])
    own = Particles(np.array([1, 1, 1]), *list(vars(own).values())[1:])
    none = Hadrons(*(np.zeros(0, kind) for kind in (np.int64, np.int64, np.float64, np.float64)))
    jets = cluster(3, own, none)
    assert jets.counts.tolist() == [2] and jets.members.tolist() == [0, 1] and jets.label.tolist() == [2]
