"""Hard process, shower and hadronisation: batches of Pythia 8 events as flat NumPy columns.

Every process makes two equal "partons" near 1 TeV (g, q, W, Z or top). W, Z and top are on shell and decay to quarks.

Final-state showers of the hard partons start at 0.25 * sqrt(0.1) of the factorisation scale, about 80 GeV: Pythia's
default (1 TeV) gives quark and gluon jets far heavier than those of the public sample (README.md has the figures).
"""

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from datasets.jets.errors import JetDataError, missing_generator

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HARD = ("Print:quiet = on", "PhaseSpace:pTHatMin = 985.", "PhaseSpace:pTHatMax = 1015.", "Tune:pp = 14")
"""Pythia 8 settings of every hard process here."""
_COMMON = (
    *HARD,
    "Beams:eCM = 13000.",
    "PartonLevel:MPI = on",
    "SigmaProcess:factorMultFac = 0.1",
    "TimeShower:pTmaxMatch = 1",
    "TimeShower:pTmaxFudge = 0.25",
)
_HADRONIC_W = ("24:onMode = off", "24:onIfAny = 1 2 3 4 5", "24:doForceWidth = on", "24:mWidth = 0.02")
_HADRONIC_Z = ("23:onMode = off", "23:onIfAny = 1 2 3 4 5", "23:doForceWidth = on", "23:mWidth = 0.02")

PROCESSES: dict[str, tuple[str, ...]] = {
    "g": (*_COMMON, "HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on"),
    "q": (*_COMMON, "HardQCD:qq2qq = on", "HardQCD:gg2qqbar = on", "HardQCD:qqbar2qqbarNew = on"),
    "w": (*_COMMON, "WeakDoubleBoson:ffbar2WW = on", *_HADRONIC_W),
    "z": (*_COMMON, "WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", *_HADRONIC_Z),
    "t": (
        *_COMMON,
        "Top:gg2ttbar = on",
        "Top:qqbar2ttbar = on",
        *_HADRONIC_W,
        "6:doForceWidth = on",
        "6:mWidth = 0.02",
    ),
}
"""Pythia 8 settings of each class."""

_FIRST_OUTGOING = 5
"""Position of the first outgoing particle of a 2 -> 2 hard process in Pythia's event record."""


@dataclass(frozen=True)
class Partons:
    """The two hard partons of each event, (n, 2) each: pseudorapidity `eta`, `phi`, and `decay_cosine`, the cosine of
    the quark's angle to the flight direction in the boson's rest frame (0 where the parton is no W or Z)."""

    eta: Floats
    phi: Floats
    decay_cosine: Floats


@dataclass(frozen=True)
class Particles:
    """Visible stable particles of a batch, flat and ordered by event: momenta in GeV, `kind` the PDG number without
    its sign, `event` the index of the event in the batch."""

    event: Integers
    kind: Integers
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats


def start_pythia(class_name: str, seed: int) -> Any:
    """Returns an initialised Pythia for a class of `CLASS_NAMES`; `seed` in 1..900,000,000."""
    return initialised(PROCESSES[class_name], seed, f"for class {class_name!r} with seed {seed}")


def initialised(settings: tuple[str, ...], seed: int, told: str) -> Any:
    """Returns an initialised Pythia; `told` says in an error what it was for. Raises JetDataError."""
    try:
        import pythia8mc
    except ImportError as error:
        raise missing_generator("Pythia 8 (pythia8mc)") from error
    pythia = pythia8mc.Pythia("", False)
    for setting in (*settings, "Random:setSeed = on", f"Random:seed = {seed}"):
        if not pythia.readString(setting):
            raise JetDataError(f"Pythia refused the setting {setting!r}: install the version that [generate] pins")
    if not pythia.init():
        raise JetDataError(f"Pythia could not be initialised {told}")
    return pythia


def next_events(pythia: Any, count: int) -> tuple[Partons, Particles]:
    """Generates up to `count` events (Pythia drops the few that fail) in one call."""
    record = pythia.nextBatch(count).prt
    counts = ak.to_numpy(ak.num(record, axis=1)).astype(np.int64)
    flat = ak.flatten(record, axis=1)
    column = {name: ak.to_numpy(flat[name]) for name in ("id", "status", "mother1")}
    momentum = {name: ak.to_numpy(flat.p[name]) for name in ("px", "py", "pz", "e")}
    start = np.concatenate(([0], np.cumsum(counts)[:-1]))
    event = np.repeat(np.arange(len(counts)), counts)
    kind = np.abs(column["id"]).astype(np.int64)
    partons = _partons(kind, column["status"], column["mother1"] + start[event], momentum, start)
    visible = (column["status"] > 0) & (kind != 12) & (kind != 14) & (kind != 16)
    px, py, pz, energy = (momentum[name][visible] for name in ("px", "py", "pz", "e"))
    return partons, Particles(event[visible], kind[visible], px, py, pz, energy)


def _partons(
    kind: Integers, status: Integers, mother: Integers, momentum: dict[str, Floats], start: Integers
) -> Partons:
    """A W or Z of the hard process is followed to its decay, so that its direction includes the recoil."""
    outgoing = start[:, None] + np.array([_FIRST_OUTGOING, _FIRST_OUTGOING + 1])
    hard_kind = kind[outgoing]
    if np.all((hard_kind == 23) | (hard_kind == 24)):
        daughters = np.flatnonzero((np.abs(status) == 23) & ((kind[mother] == 23) | (kind[mother] == 24)))
        if len(daughters) != 4 * len(start):
            raise JetDataError(f"{len(daughters)} boson daughters in {len(start)} events, expected 4 an event")
        daughters = daughters[np.argsort(mother[daughters], kind="stable")].reshape(-1, 2, 2)
        px, py, pz = (momentum[name][daughters].sum(axis=2) for name in ("px", "py", "pz"))
        energies = momentum["e"][daughters]
        cosine = (energies[:, :, 0] - energies[:, :, 1]) / np.sqrt(px**2 + py**2 + pz**2)
    else:
        px, py, pz = (momentum[name][outgoing] for name in ("px", "py", "pz"))
        cosine = np.zeros_like(px)
    return Partons(np.arcsinh(pz / np.hypot(px, py)), np.arctan2(py, px), cosine)
