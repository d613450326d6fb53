"""Words of a level-1 correlator, and a plain description in NumPy of what a network takes of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trigforge.building import Builder, Candidates, relu
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, InputEncoding

Words = npt.NDArray[np.int64]
UNIT = float(np.pi / 720)
SCALE = np.array([0.25, 4.0, 4.0])
LSB = np.array([2.0**-4, 2.0**-6, 2.0**-6])
ENDS = np.array([[0, -256, -256], [4095, 255, 255]])
WORDS = Candidates(
    number=12,
    types=FixedTypes.of([0, 1, 1], [14, 12, 11], [14, 12, 11]),
    units=(0.25, UNIT, UNIT),
    turn=1440,
    least_pt=2.0,
    axis="jet_axis",
)


def network(constituents: int) -> FixedPointGraph:
    """A network that gives its input as it is, and without what is negative."""
    build = Builder("tagger", version=3)
    encoding = InputEncoding(FixedArray.from_float(SCALE), Rounding.RND, Overflow.SAT)
    x = build.input("constituents", (constituents, 3), FixedTypes.of([0, 1, 1], [12, 9, 9], [8, 3, 3]), encoding)
    with build.layer("positive"):
        y = relu(x)
    return build.graph([x, y])


def drawn(events: int, words: Candidates, seed: int = 3) -> dict[str, Words]:
    """Words in random order: ties, absent candidates, jets without any, phi across the seam, pT at the rail."""
    rng = np.random.default_rng(seed)
    shape = (events, words.number)
    half = (words.turn or 1440) // 2
    pt = np.minimum(rng.exponential(60, shape).astype(np.int64), 2**14 - 1)
    pt[rng.random(shape) < 0.1] = 2**14 - 1
    ties = rng.random(shape) < 0.3
    pt[ties] = rng.integers(1, 12, shape)[ties]
    axis = np.stack([rng.integers(-500, 501, events), rng.choice([-half, half - 1, 0, 7, half - 40], events)], axis=-1)
    eta = axis[:, :1] + rng.integers(-200, 201, shape)
    phi = (axis[:, 1:] + rng.integers(-200, 201, shape) + half) % (2 * half) - half
    sent = np.stack([pt, eta, phi], axis=-1)
    sent[rng.random(shape) < 0.25] = 0
    sent[: events // 50] = 0
    return {"constituents": sent, "jet_axis": axis}


def described(events: dict[str, Words], words: Candidates, constituents: int) -> npt.NDArray[np.float64]:
    """The values of the network's input."""
    order = np.argsort(-events["constituents"][..., 0], axis=1, kind="stable")[:, :constituents]
    leading = np.take_along_axis(events["constituents"], order[..., None], axis=1)
    pt = leading[..., :1]
    relative = leading.copy()
    if words.axis is not None:
        relative[..., 1:] -= events["jet_axis"][:, None, :]
    if words.turn is not None:
        half = words.turn // 2
        phi = relative[..., 2]
        relative[..., 2] = np.where(phi >= half, phi - words.turn, np.where(phi < -half, phi + words.turn, phi))
    present = (pt > 0) & (pt * words.units[0] >= words.least_pt)
    values = np.where(present, relative, 0) * np.asarray(words.units) * SCALE / LSB
    return np.clip(np.floor(values + 0.5), *ENDS) * LSB
