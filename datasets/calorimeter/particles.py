"""Particles that reach the endcap: those of minimum-bias collisions, and those that stand for what a trigger seeks.

The parametrised spectrum was fitted to 3,000 inelastic collisions of Pythia 8.317 (Monash tune) at 14 TeV: in 1.55 <
abs(eta) < 3 there are 22.8 visible particles a collision and endcap (19.4 were noted for an earlier selection). Each
kind follows dN/dpT ~ pT (1 + pT / (n T))^-n, flat in eta. Fits weigh particles by pT, so that energies agree; the
numbers above 1 and 2 GeV agree within 7 %, those above 5 GeV within 30 %. Collisions differ in number of particles as a
negative binomial distribution with k = 1. Particles are independent of each other: there are no jets in it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.detector import LAYERS
from datasets.calorimeter.errors import CalorimeterDataError, missing_generator
from datasets.calorimeter.geometry import Floats

GENERATED_ETA = (1.4, 3.1)
"""Wider than the modules, so that showers beside them reach in."""
FIELD_T = 3.8
NEGATIVE_BINOMIAL_K = 1.0
PYTHIA_SETTINGS = ("Print:quiet = on", "Beams:eCM = 14000.", "SoftQCD:inelastic = on", "Tune:pp = 14")
PYTHIA_COLLISIONS = 1_000

ELECTROMAGNETIC, CHARGED, NEUTRAL = 0, 1, 2
"""Kinds: photons and electrons; charged hadrons; neutral hadrons."""

_CHARGED_HADRONS = (211, 321, 2212, 3112, 3222, 3312, 3334)
_ELECTROMAGNETIC = (11, 22)
_UNSEEN = (12, 13, 14, 16)
"""Neutrinos; and muons, three in 10,000."""


@dataclass(frozen=True)
class Yield:
    """Particles of a kind: their number a unit of eta in one collision, and the shape n, T (GeV) of their pT."""

    kind: int
    a_unit_of_eta: float
    n: float
    temperature_gev: float


MINIMUM_BIAS = (
    Yield(ELECTROMAGNETIC, 7.16, 5.49, 0.0624),
    Yield(CHARGED, 7.54, 6.97, 0.1526),
    Yield(NEUTRAL, 0.792, 8.58, 0.2595),
)


@dataclass(frozen=True)
class Particles:
    """Particles at the first layer, (n,) each: `kind`, energy in GeV, position in cm, and slopes dx/dz, dy/dz.

    `starts_x0` are the radiation lengths that a photon goes on before it converts.
    """

    kind: NDArray[np.int8]
    energy_gev: Floats
    x_cm: Floats
    y_cm: Floats
    slope_x: Floats
    slope_y: Floats
    starts_x0: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, chosen: NDArray[Any]) -> "Particles":
        """The particles `chosen`, by index or mask."""
        return Particles(*(column[chosen] for column in vars(self).values()))

    @property
    def stretch(self) -> Floats:
        """Path through a layer against its thickness: 1 / cos of the angle to the beam."""
        return np.sqrt(1 + self.slope_x**2 + self.slope_y**2)


@dataclass(frozen=True)
class Momenta:
    """Particles at the collision, (n,) each; `charge` is 0 for photons and neutral hadrons."""

    kind: NDArray[np.int8]
    charge: NDArray[np.int8]
    pt_gev: Floats
    eta: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, chosen: NDArray[Any]) -> "Momenta":
        """The particles `chosen`, by index or mask."""
        return Momenta(*(column[chosen] for column in vars(self).values()))


@dataclass(frozen=True)
class Signal:
    """Particles of one crossing and endcap beside pile-up, uniform in eta within the modules and in log pT.

    Half of the `electromagnetic` ones are electrons, half photons; hadrons are charged pions.
    """

    electromagnetic: int = 6
    hadrons: int = 6
    lowest_pt_gev: float = 2.0
    highest_pt_gev: float = 100.0


def minimum_bias(rng: np.random.Generator, collisions: int) -> Momenta:
    """The particles of `collisions` collisions by the parametrised spectrum."""
    low, high = GENERATED_ETA
    share = NEGATIVE_BINOMIAL_K / (
        NEGATIVE_BINOMIAL_K + sum(kind.a_unit_of_eta for kind in MINIMUM_BIAS) * (high - low)
    )
    total = int(rng.negative_binomial(NEGATIVE_BINOMIAL_K * collisions, share)) if collisions else 0
    densities = np.array([kind.a_unit_of_eta for kind in MINIMUM_BIAS])
    chosen = rng.choice(len(MINIMUM_BIAS), total, p=densities / densities.sum())
    n = np.array([kind.n for kind in MINIMUM_BIAS])[chosen]
    scale = n * np.array([kind.temperature_gev for kind in MINIMUM_BIAS])[chosen]
    pt = scale * rng.standard_gamma(2.0, total) / rng.standard_gamma(n - 2)
    kind = np.array([kind.kind for kind in MINIMUM_BIAS], np.int8)[chosen]
    charge = np.where(kind == CHARGED, rng.choice([-1, 1], total), 0).astype(np.int8)
    return Momenta(kind, charge, pt, rng.uniform(low, high, total))


class PythiaCollisions:
    """Minimum-bias collisions from Pythia: both sides of `PYTHIA_COLLISIONS`, drawn again and again, turned in phi.

    Raises `CalorimeterDataError` without the extra [generate].
    """

    def __init__(self, seed: int) -> None:
        try:
            import awkward as ak
            import pythia8mc  # noqa: F401
        except ImportError as error:
            raise missing_generator(error.name or "pythia8mc") from None
        from datasets.jets.events import initialised

        pythia = initialised(PYTHIA_SETTINGS, seed % 900_000_000 + 1, "for minimum-bias collisions")
        record = pythia.nextBatch(PYTHIA_COLLISIONS).prt
        event = np.repeat(np.arange(len(record)), ak.to_numpy(ak.num(record, axis=1)))
        flat = ak.flatten(record, axis=1)
        number = ak.to_numpy(flat["id"]).astype(np.int64)
        pt = np.hypot(ak.to_numpy(flat.p["px"]), ak.to_numpy(flat.p["py"]))
        eta = np.arcsinh(ak.to_numpy(flat.p["pz"]) / np.maximum(pt, 1e-9))
        kind = np.where(np.isin(np.abs(number), _CHARGED_HADRONS), CHARGED, NEUTRAL)
        kind = np.where(np.isin(np.abs(number), _ELECTROMAGNETIC), ELECTROMAGNETIC, kind).astype(np.int8)
        sign = np.where(np.isin(np.abs(number), (11, 3112, 3312, 3334)), -np.sign(number), np.sign(number))
        charge = np.where((kind == CHARGED) | (np.abs(number) == 11), sign, 0).astype(np.int8)
        low, high = GENERATED_ETA
        seen = (ak.to_numpy(flat["status"]) > 0) & ~np.isin(np.abs(number), _UNSEEN)
        seen &= (np.abs(eta) > low) & (np.abs(eta) < high)
        side = (2 * event + (eta > 0))[seen]
        order = np.argsort(side, kind="stable")
        self._all = Momenta(kind, charge, pt, np.abs(eta)).take(np.flatnonzero(seen)[order])
        self._counts = np.bincount(side, minlength=2 * len(record))
        self._starts = np.cumsum(self._counts) - self._counts

    def __call__(self, rng: np.random.Generator, collisions: int) -> Momenta:
        """The particles of `collisions` collisions."""
        drawn = rng.integers(0, len(self._counts), collisions)
        counts = self._counts[drawn]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self._all.take(np.repeat(self._starts[drawn], counts) + within)


def signal_particles(rng: np.random.Generator, signal: Signal, eta_range: tuple[float, float]) -> Momenta:
    """The particles of `signal`. Raises `CalorimeterDataError` for a spectrum that makes no sense."""
    if not 0 < signal.lowest_pt_gev <= signal.highest_pt_gev < np.inf:
        raise CalorimeterDataError(
            f"signal from {signal.lowest_pt_gev:g} to {signal.highest_pt_gev:g} GeV; give rising momenta above 0"
        )
    total = signal.electromagnetic + signal.hadrons
    kind = np.repeat([ELECTROMAGNETIC, CHARGED], [signal.electromagnetic, signal.hadrons]).astype(np.int8)
    pt = np.exp(rng.uniform(np.log(signal.lowest_pt_gev), np.log(signal.highest_pt_gev), total))
    neutral = (kind == ELECTROMAGNETIC) & (rng.random(total) < 0.5)
    charge = np.where(neutral, 0, rng.choice([-1, 1], total)).astype(np.int8)
    return Momenta(kind, charge, pt, rng.uniform(*eta_range, total))


def at_first_layer(rng: np.random.Generator, momenta: Momenta) -> Particles:
    """Particles with phi drawn, followed to the first layer: a helix in 3.8 T if charged, else a straight line."""
    phi = rng.uniform(-np.pi, np.pi, len(momenta))
    z_cm = float(LAYERS.z_cm[0])
    slope = 1 / np.sinh(momenta.eta)
    turn = 0.003 * FIELD_T * momenta.charge * z_cm / (momenta.pt_gev * np.sinh(momenta.eta))
    chord = z_cm * slope * np.sinc(turn / (2 * np.pi))
    converts = (momenta.kind == ELECTROMAGNETIC) & (momenta.charge == 0)
    return Particles(
        momenta.kind,
        momenta.pt_gev * np.cosh(momenta.eta),
        chord * np.cos(phi + turn / 2),
        chord * np.sin(phi + turn / 2),
        slope * np.cos(phi + turn),
        slope * np.sin(phi + turn),
        np.where(converts, rng.standard_exponential(len(momenta)) * 9 / 7, 0.0),
    )
