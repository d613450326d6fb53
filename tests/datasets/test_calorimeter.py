"""Modules of trigger cells: geometry, showers, what a crossing leaves, the hardware's normalisation."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.calorimeter import (
    CELLS,
    DISTANCES_CM,
    IMAGE,
    NEIGHBOURS,
    POSITIONS_CM,
    RHOMBUS_OF_CELL,
    SAMPLE_PATH,
    SUPERCELL_WEIGHTS,
    SUPERCELLS,
    CalorimeterDataError,
    Conditions,
    Signal,
    from_image,
    geometry,
    occupancy,
    particles,
    read_root,
    simulate,
    to_image,
)
from datasets.calorimeter.detector import ETA_RANGE, LAYERS, sites
from datasets.calorimeter.files import digest
from datasets.calorimeter.generator import deposits
from datasets.calorimeter.normalise import exponents, graph_builder, normalise
from datasets.calorimeter.particles import (
    CHARGED,
    ELECTROMAGNETIC,
    MINIMUM_BIAS,
    Momenta,
    Particles,
    PythiaCollisions,
    at_first_layer,
    minimum_bias,
)
from datasets.calorimeter.showers import draw_profiles, mean_profile, showers
from trigforge.emulator import run
from trigforge.graph import verify

PUBLISHED_ROWS = """28 29 30 31 0 4 8 12 | 24 25 26 27 1 5 9 13 | 20 21 22 23 2 6 10 14 | 16 17 18 19 3 7 11 15
47 43 39 35 | 46 42 38 34 | 45 41 37 33 | 44 40 36 32""".replace("\n", " | ")
"""The 8 x 8 arrangement of fastml-science, networks.py, without what its mask removes."""


def beam(energy_gev: float, number: int, kind: int = ELECTROMAGNETIC) -> Particles:
    """Particles along the beam's direction, 60 cm from it, that shower at once."""
    zeros = np.zeros(number)
    return Particles(
        np.full(number, kind, np.int8), np.full(number, energy_gev), zeros + 60.0, zeros, zeros, zeros, zeros
    )


def test_the_image_is_the_published_one_and_turns_back() -> None:
    rows = [row.split() for row in PUBLISHED_ROWS.split("|")]
    assert [[int(n) for n in row] for row in rows] == [[n for n in row if n >= 0] for row in IMAGE.tolist()]
    assert (IMAGE[4:, 4:] == -1).all()
    cells = np.random.default_rng(1).integers(0, 1000, (5, CELLS))
    images = to_image(cells)
    assert images.shape == (5, 8, 8) and not images[:, 4:, 4:].any()
    assert images[2, 0, 4] == cells[2, 0] and images[2, 7, 0] == cells[2, 44]
    assert np.array_equal(from_image(images), cells)


def test_positions_and_distances_are_the_published_ones() -> None:
    """A few of the coordinates of fastml-science, utils/metrics.py, relative to cell 0; in cm."""
    published = {0: (0.0, 0.0), 5: (2.09301, -3.6251984), 16: (-8.37204, -10.271393), 47: (-7.848793, -12.386101)}
    for first, (x, y) in published.items():
        for second, (other_x, other_y) in published.items():
            assert abs(DISTANCES_CM[first, second] - np.hypot(x - other_x, y - other_y)) < 1e-4
    assert np.abs(POSITIONS_CM.mean(axis=0)).max() < 1e-12
    within = RHOMBUS_OF_CELL[:, None] == RHOMBUS_OF_CELL
    assert np.abs(DISTANCES_CM[NEIGHBOURS & within] - geometry.PITCH_CM).max() < 1e-6
    assert (DISTANCES_CM[NEIGHBOURS & ~within] < 1.3 * geometry.PITCH_CM).all()
    assert NEIGHBOURS.sum() == 2 * (3 * 24 + 3 * 4)


def test_every_point_has_the_cell_that_holds_it() -> None:
    assert np.array_equal(geometry.cell_at(*POSITIONS_CM.T), np.arange(CELLS))
    x, y = np.random.default_rng(2).uniform(-10, 10, (2, 40_000))
    inside = (np.abs(x) < geometry.MODULE_WIDTH_CM / 2) & (np.abs(y) + np.abs(x) / np.sqrt(3) < 4 * geometry.PITCH_CM)
    cells = geometry.cell_at(x[inside], y[inside])
    shares = np.bincount(cells, minlength=CELLS) * CELLS / len(cells)
    assert 0.85 < shares.min() < shares.max() < 1.2
    assert np.hypot(*(np.stack([x, y], 1)[inside] - POSITIONS_CM[cells]).T).max() < 1.2 * geometry.PITCH_CM


def test_supercells() -> None:
    assert SUPERCELLS.shape == (36, 4)
    assert len({frozenset(group) for group in SUPERCELLS.tolist()}) == 36
    assert {frozenset({0, 1, 27, 31}), frozenset({7, 11, 33, 34}), frozenset({18, 19, 35, 39})} <= {
        frozenset(group) for group in SUPERCELLS.tolist()
    }
    assert abs(SUPERCELL_WEIGHTS.sum() - 12) < 1e-9
    weights = {frozenset(group): weight for group, weight in zip(SUPERCELLS.tolist(), SUPERCELL_WEIGHTS, strict=True)}
    assert weights[frozenset({8, 9, 12, 13})] == 0.25 * 2.25
    assert weights[frozenset({0, 1, 4, 5})] == 0.25 * 1.5


def test_sites_lie_in_the_endcap() -> None:
    where = sites()
    assert len(where) > 5000
    assert ((where.eta > ETA_RANGE[0]) & (where.eta < ETA_RANGE[1])).all()
    assert where.cosh_eta.shape == (len(where), CELLS)
    found, x, y = where.at(where.layer, where.x_cm + 1.0, where.y_cm - 2.0)
    assert np.array_equal(found, np.arange(len(where)))
    assert np.abs(x - 1).max() < 1e-9 and np.abs(y + 2).max() < 1e-9
    assert where.at(np.array([0]), np.array([1e6]), np.array([0.0]))[0].tolist() == [-1]


@pytest.mark.parametrize("energy_gev", [2.0, 20.0, 200.0])
def test_the_mean_maximum_is_that_of_the_formula(energy_gev: float) -> None:
    maximum, shape = draw_profiles(np.random.default_rng(3), np.full(20_000, energy_gev))
    assert abs(maximum.mean() / (np.log(energy_gev / 0.010) - 0.858) - 1) < 0.02
    assert abs(shape.mean() / (0.21 + (0.492 + 2.38 / 65) * np.log(energy_gev / 0.010)) - 1) < 0.02
    assert np.corrcoef(np.log(maximum), np.log(shape))[0, 1] > 0.4
    expected, _ = mean_profile(np.array([energy_gev]))
    spots = showers(np.random.default_rng(4), beam(energy_gev, max(20, int(2000 / energy_gev))))
    of_layer = np.bincount(spots.layer, spots.mips, minlength=len(LAYERS))
    brightest = int(np.argmax(of_layer))
    assert abs(LAYERS.depth_x0[brightest] - 26 / 56 - expected[0]) < 2.0


def test_energy_is_conserved_within_its_fluctuation() -> None:
    """50 GeV, behind 26 radiation lengths: half of the layers are read; 28 %/sqrt(E) and leakage."""
    number = 200
    spots = showers(np.random.default_rng(5), beam(50.0, number))
    electromagnetic = LAYERS.subdetector[spots.layer] == 1
    energy = np.bincount(spots.particle, 2 * spots.mips * np.where(electromagnetic, 0.009, 0.025), minlength=number)
    assert abs(energy.mean() - 50) < 1.0
    assert 0.6 < energy.std() / (0.28 * np.sqrt(50)) < 1.6
    assert abs(deposits(spots, spots.mips).sum() / spots.mips.sum() - 1) < 0.02


def test_hadrons_go_deeper_wider_and_vary_more() -> None:
    light, heavy = (showers(np.random.default_rng(6), beam(50.0, 300, kind)) for kind in (ELECTROMAGNETIC, CHARGED))
    assert LAYERS.depth_x0[heavy.layer].mean() > LAYERS.depth_x0[light.layer].mean() + 3
    radii = [np.median(np.hypot(part.x_cm - 60, part.y_cm)) for part in (light, heavy)]
    assert radii[1] > 1.5 * radii[0]
    spreads = [np.bincount(part.particle, part.mips, minlength=300) for part in (light, heavy)]
    assert spreads[1].std() / spreads[1].mean() > 3 * spreads[0].std() / spreads[0].mean()
    first = heavy.layer == 0
    assert 0.9 < heavy.mips[first & (heavy.mips < 3)].mean() < 1.2


def test_minimum_bias_has_the_yields_it_states() -> None:
    momenta = minimum_bias(np.random.default_rng(7), 3000)
    expected = sum(kind.a_unit_of_eta for kind in MINIMUM_BIAS)
    inside = (momenta.eta > ETA_RANGE[0]) & (momenta.eta < ETA_RANGE[1])
    assert abs(inside.sum() / 3000 / 1.45 / expected - 1) < 0.1
    assert abs(momenta.pt_gev[momenta.kind == CHARGED].mean() - 0.536) < 0.02
    assert len(minimum_bias(np.random.default_rng(7), 0)) == 0


def test_the_field_turns_charged_particles() -> None:
    momenta = Momenta(
        np.array([CHARGED, ELECTROMAGNETIC], np.int8),
        np.array([1, 0], np.int8),
        np.array([0.5, 0.5]),
        np.array([2.0, 2.0]),
    )
    there = at_first_layer(np.random.default_rng(8), momenta)
    radius = np.hypot(there.x_cm, there.y_cm)
    assert abs(radius[1] - LAYERS.z_cm[0] / np.sinh(2.0)) < 1e-9
    assert radius[0] < radius[1]
    assert radius[0] <= 2 * 100 * 0.5 / (0.3 * 3.8)


def test_same_seed_same_modules() -> None:
    first, second, other = (simulate(500, seed) for seed in (3, 3, 4))
    assert digest(first) == digest(second) != digest(other)
    assert len(first) == 500 and first.calq.dtype == np.int32
    assert (first.calq.sum(axis=1) > 0).all()
    assert set(first.truth["layer"].tolist()) <= set(LAYERS.number[LAYERS.read].tolist())


def test_occupancy_rises_with_pileup_to_what_is_published() -> None:
    """About 4 to 7 of 48 cells above one transverse MIP, in the layers up to the shower maximum."""
    means: list[float] = []
    for pileup in (0, 140, 200):
        modules = simulate(1200, 5, Conditions(pileup=(pileup,), layers=(5, 7, 9, 11, 13)))
        means.append(float(occupancy(modules).mean()))
    assert means[0] < 3 < 4 < means[1] < 7 < means[2] < 10


def test_conditions_do_what_they_say() -> None:
    quiet = Conditions(pileup=(0,), signal=Signal(electromagnetic=3, hadrons=0), noise_mip=0.0)
    modules = simulate(60, 6, quiet)
    seen = modules.truth["simenergy"] > 0
    assert seen.all()
    ratio = modules.truth["energy"] / modules.truth["simenergy"]
    assert (ratio <= 1.0 + 1e-5).all() and np.median(ratio[modules.truth["simenergy"] > 1]) > 0.95
    mixed = simulate(101, 6, Conditions(pileup=(0, 20), layers=(9,), share=0.5))
    assert np.unique(mixed.truth["pileup"], return_counts=True)[1].tolist() == [50, 51]
    assert set(mixed.truth["layer"].tolist()) == {9}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (Conditions(pileup=()), "pile-up []; give numbers of collisions from 0 to 1000"),
        (Conditions(pileup=(140, -1)), "pile-up [140, -1]; give numbers of collisions from 0 to 1000"),
        (Conditions(signal=Signal(hadrons=10**6)), "hadrons is 1000000; give 0 to 1000 signal particles"),
        (Conditions(noise_mip=-1.0), "noise_mip is -1; give MIPs from 0 to 1000"),
        (Conditions(threshold_mip=float("nan")), "threshold_mip is nan; give MIPs from 0 to 1000"),
        (Conditions(share=0.0), "share is 0; give a share above 0, at most 1"),
        (Conditions(minimum_bias="herwig"), "minimum bias is 'herwig'; give parametrised or pythia"),
        (
            Conditions(layers=(2,)),
            "layer 2 does not go to the trigger; it reads 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 30, "
            "31, 32, 33, 34, 35, 36",
        ),
        (
            Conditions(signal=Signal(lowest_pt_gev=5.0, highest_pt_gev=1.0)),
            "signal from 5 to 1 GeV; give rising momenta above 0",
        ),
        (
            Conditions(pileup=(0,), signal=Signal(0, 0), noise_mip=0.0),
            "no module of 100 crossings at pile-up 0 holds a charge; lower the threshold of 0.75 MIP, keep more "
            "modules or layers, or add signal particles",
        ),
    ],
)
def test_conditions_that_are_refused(conditions: Conditions, message: str) -> None:
    with pytest.raises(CalorimeterDataError) as caught:
        simulate(10, 1, conditions)
    assert str(caught.value) == message


def test_pythia_makes_pileup_like_the_parametrised(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pythia8mc", reason="the extra [generate] (Pythia 8) is not installed")
    monkeypatch.setattr(particles, "PYTHIA_COLLISIONS", 200)
    pythia = PythiaCollisions(1)(np.random.default_rng(1), 3000)
    own = minimum_bias(np.random.default_rng(1), 3000)
    assert abs(pythia.pt_gev.sum() / own.pt_gev.sum() - 1) < 0.25
    assert abs(pythia.pt_gev.mean() / own.pt_gev.mean() - 1) < 0.1


def hard_modules() -> np.ndarray:
    """Random, empty, full and lonely modules, and sums around every power of two."""
    rng = np.random.default_rng(9)
    random = rng.integers(0, 2 ** rng.integers(1, 23, (2000, 1)), (2000, CELLS))
    sparse = random * (rng.random((2000, CELLS)) < 0.1)
    lonely = np.eye(CELLS, dtype=np.int64)
    around = np.zeros((3 * 22, CELLS), np.int64)
    around[:, 5] = [max(2**power + step, 0) for power in range(22) for step in (-1, 0, 1)]
    ends = np.stack([np.zeros(CELLS, np.int64), np.full(CELLS, 2**22 - 1), np.ones(CELLS, np.int64)])
    return np.concatenate([random, sparse, lonely, lonely * (2**22 - 1), np.minimum(around, 2**22 - 1), ends])


def test_normalisation_in_integers_is_that_of_python_and_of_the_graph() -> None:
    calq = hard_modules()
    plain = [[(int(c) << 7) >> max(int(sum(row.tolist())).bit_length() - 1, 0) for c in row] for row in calq]
    found = normalise(calq)
    assert found.tolist() == plain
    build, cells = graph_builder()
    graph = build.graph([cells])
    verify(graph)
    assert str(graph.tensors[graph.outputs[0]].hull) == "ap_ufixed<8,1>"  # of the 10 bits of NORMALISED, those below 2
    assert graph.tensors[graph.outputs[0]].hull_lsb == -7
    assert np.array_equal(run(graph, {"calq": calq}).outputs[graph.outputs[0]], found)


def test_normalised_sums_lie_between_one_and_two() -> None:
    calq = hard_modules()
    exact = calq / np.exp2(exponents(calq))[:, None]
    full = calq.sum(axis=1) > 0
    assert ((exact.sum(axis=1) >= 1) & (exact.sum(axis=1) < 2))[full].all()
    assert ((exact - normalise(calq) / 128 >= 0) & (exact - normalise(calq) / 128 < 1 / 128)).all()
    assert not normalise(np.zeros((2, CELLS), np.int32)).any()


@pytest.mark.parametrize(
    ("calq", "message"),
    [
        (np.zeros((2, 47), np.int32), "charges of shape (2, 47) and type int32; give integers (n, 48)"),
        (np.zeros((2, 48)), "charges of shape (2, 48) and type float64; give integers (n, 48)"),
        (
            np.full((1, 48), -1),
            "charges reach from -1 to -1; a charge is an unsigned integer of 22 bits",
        ),
        (
            np.full((1, 48), 2**22),
            "charges reach from 4194304 to 4194304; a charge is an unsigned integer of 22 bits",
        ),
    ],
)
def test_charges_that_cannot_be_normalised(calq: np.ndarray, message: str) -> None:
    with pytest.raises(CalorimeterDataError) as caught:
        normalise(calq)
    assert str(caught.value) == message


def test_the_sample_is_what_the_readme_says() -> None:
    sample = read_root()
    assert len(sample) == 30_000
    assert SAMPLE_PATH.stat().st_size <= 1_500_000
    assert np.unique(sample.truth["pileup"], return_counts=True)[1].tolist() == [10_000] * 3
    again = simulate(60, 7, Conditions(pileup=(0,), share=0.1))
    assert np.array_equal(sample.calq[:60], again.calq)
