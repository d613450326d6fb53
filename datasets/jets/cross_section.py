"""The cross section of QCD jets with the pTHat of the sample, at leading order: it scales the rate of a trigger."""

from dataclasses import dataclass

from datasets.jets.events import HARD, initialised

JETS_A_COLLISION = 2
_SETTINGS = (*HARD, "HardQCD:all = on", "PartonLevel:all = off", "HadronLevel:all = off")


@dataclass(frozen=True)
class CrossSection:
    """Of jets, two a collision, in pb, with its statistical error; ``gluons`` is their share that begins as a gluon."""

    jets_pb: float
    error_pb: float
    gluons: float


def qcd_jets(energy_gev: float, collisions: int, seed: int) -> CrossSection:
    """The cross section at ``energy_gev`` of both protons together, Pythia's own scales and no K factor."""
    told = f"at {energy_gev:g} GeV; give the energy of a collider"
    pythia = initialised((*_SETTINGS, f"Beams:eCM = {energy_gev}"), seed, told)
    gluons = sum(
        sum(pythia.process[number].id() == 21 for number in (5, 6)) for _ in range(collisions) if pythia.next()
    )
    info = pythia.infoPython()
    picobarn = JETS_A_COLLISION * 1e9  # of mb
    return CrossSection(info.sigmaGen() * picobarn, info.sigmaErr() * picobarn, gluons / JETS_A_COLLISION / collisions)
