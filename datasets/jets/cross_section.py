"""The cross section of QCD jets with the pTHat of the sample, at leading order: it scales the rate of a trigger."""

from dataclasses import dataclass

from datasets.jets.errors import JetDataError, missing_generator

JETS_A_COLLISION = 2
_SETTINGS = (
    "Print:quiet = on",
    "HardQCD:all = on",
    "PhaseSpace:pTHatMin = 985.",
    "PhaseSpace:pTHatMax = 1015.",
    "Tune:pp = 14",
    "PartonLevel:all = off",
    "HadronLevel:all = off",
    "Random:setSeed = on",
)


@dataclass(frozen=True)
class CrossSection:
    """Of jets, two a collision, in pb, with its statistical error; ``gluons`` is their share that begins as a gluon."""

    jets_pb: float
    error_pb: float
    gluons: float


def qcd_jets(energy_gev: float, collisions: int, seed: int) -> CrossSection:
    """The cross section at ``energy_gev`` of both protons together, Pythia's own scales and no K factor."""
    try:
        import pythia8mc
    except ImportError as error:
        raise missing_generator("Pythia 8 (pythia8mc)") from error
    pythia = pythia8mc.Pythia("", False)
    for setting in (*_SETTINGS, f"Beams:eCM = {energy_gev}", f"Random:seed = {seed}"):
        if not pythia.readString(setting):
            raise JetDataError(f"Pythia refused the setting {setting!r}: install the version that [generate] pins")
    if not pythia.init():
        raise JetDataError(f"Pythia could not be initialised at {energy_gev:g} GeV; give the energy of a collider")
    gluons = sum(
        sum(pythia.process[number].id() == 21 for number in (5, 6)) for _ in range(collisions) if pythia.next()
    )
    info = pythia.infoPython()
    picobarn = JETS_A_COLLISION * 1e9  # of mb
    return CrossSection(info.sigmaGen() * picobarn, info.sigmaErr() * picobarn, gluons / JETS_A_COLLISION / collisions)
