"""A few real jets: reproducible, balanced, where they should be. Skipped without the extra [generate]."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

pytest.importorskip("pythia8mc", reason="the extra [generate] (Pythia 8) is not installed")
pytest.importorskip("fastjet", reason="the extra [generate] (FastJet) is not installed")

from datasets.jets import CLASS_NAMES
from datasets.jets.clustering import GroomedJets, groom, import_fastjet, massless_momenta, matched_jets
from datasets.jets.detector import reconstruct
from datasets.jets.events import next_events, start_pythia
from datasets.jets.generator import generate_class
from datasets.jets.production import generate_shard
from datasets.jets.schema import HIGH_LEVEL_NAMES
from datasets.jets.shards import table_digest
from datasets.jets.substructure import high_level_features
from datasets.shards import ShardRequest


def test_same_seed_same_jets_other_seed_other_jets() -> None:
    first, again, other = (table_digest(generate_shard(ShardRequest(Path("x"), 10, seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_each_class(name: str) -> None:
    table = generate_class(name, 6, seed=4)
    assert table.scalars["label"].tolist() == [CLASS_NAMES.index(name)] * 6
    assert ((table.scalars["jet_pt"] > 800) & (table.scalars["jet_pt"] < 1600)).all()
    assert np.array_equal(table.scalars["j_multiplicity"], table.counts)
    assert (np.hypot(table.particles["constituent_eta_rel"], table.particles["constituent_phi_rel"]) < 1.0).all()
    starts = np.cumsum(table.counts) - table.counts
    total = np.add.reduceat(table.particles["constituent_pt"], starts)
    assert ((total > table.scalars["jet_pt"]) & (total < 1.2 * table.scalars["jet_pt"])).all()
    falls = np.diff(table.particles["constituent_pt"]) <= 0
    falls[starts[1:] - 1] = True
    assert falls.all()


def test_bosons_decay_in_two_quarks_and_cosines_are_cosines() -> None:
    partons, particles = next_events(start_pythia("z", 3), 12)
    assert partons.decay_cosine.shape == (12, 2)
    assert (np.abs(partons.decay_cosine) <= 1).all()
    assert partons.decay_cosine.any()
    assert not np.isin(particles.kind, (12, 14, 16)).any()


def test_correlators_agree_with_fastjet() -> None:
    partons, particles = next_events(start_pythia("t", 5), 5)
    jets = matched_jets(reconstruct(particles, np.random.default_rng(1)), partons)
    groomed: GroomedJets = groom(jets)
    features = high_level_features(jets, groomed)
    fastjet = import_fastjet()
    sequence = fastjet.ClusterSequence(
        massless_momenta(groomed.counts, groomed), fastjet.JetDefinition(fastjet.cambridge_algorithm, 8.0)
    )
    for name, arguments in {
        "j_c1_b1_mmdt": {"func": "cseries", "npoint": 1, "beta": 1},
        "j_c2_b2_mmdt": {"func": "cseries", "npoint": 2, "beta": 2},
        "j_d2_b1_mmdt": {"func": "D2", "beta": 1},
        "j_d2_a1_b2_mmdt": {"func": "generalizedD2", "alpha": 1, "beta": 2},
        "j_m2_b1_mmdt": {"func": "mseries", "npoint": 2, "beta": 1},
        "j_m2_b2_mmdt": {"func": "mseries", "npoint": 2, "beta": 2},
        "j_n2_b1_mmdt": {"func": "nseries", "npoint": 2, "beta": 1},
        "j_n2_b2_mmdt": {"func": "nseries", "npoint": 2, "beta": 2},
    }.items():
        theirs = ak.to_numpy(sequence.exclusive_jets_energy_correlator(njets=1, **arguments)).ravel()
        np.testing.assert_allclose(features[:, HIGH_LEVEL_NAMES.index(name)], theirs, rtol=1e-5, err_msg=name)


def test_the_banner_of_fastjet_stays_off_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    import_fastjet()
    assert capfd.readouterr().out == ""
