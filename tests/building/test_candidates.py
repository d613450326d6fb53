"""From level-1 words to what a network takes, against a plain description in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from trigforge.building import Builder, Candidates, from_candidates, relu
from trigforge.emulator import run
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, InputEncoding, verify
from trigforge.passes import optimize

Words = npt.NDArray[np.int64]
UNIT = float(np.pi / 720)
SCALE = (0.25, 4.0, 4.0)
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
    """Words in any order: ties, absent candidates, all absent, phi across the seam, pT at the rail."""
    rng = np.random.default_rng(seed)
    shape = (events, words.number)
    half = (words.turn or 1440) // 2
    pt = np.minimum(rng.exponential(60, shape).astype(np.int64), 2**14 - 1)
    pt[rng.random(shape) < 0.1] = 2**14 - 1
    pt[rng.random(shape) < 0.3] = rng.integers(1, 12)
    axis = np.stack([rng.integers(-500, 501, events), rng.choice([-half, half - 1, 0, 7, half - 40], events)], axis=-1)
    eta = axis[:, :1] + rng.integers(-200, 201, shape)
    phi = (axis[:, 1:] + rng.integers(-200, 201, shape) + half) % (2 * half) - half
    sent = np.stack([pt, eta, phi], axis=-1)
    sent[rng.random(shape) < 0.25] = 0
    sent[: events // 50] = 0
    return {"constituents": sent, "jet_axis": axis}


def described(events: dict[str, Words], words: Candidates, constituents: int) -> Words:
    """The mantissas of the network's input, event by event."""
    half = (words.turn or 0) // 2
    found = np.zeros((len(events["constituents"]), constituents, 3), np.int64)
    for event, (sent, axis) in enumerate(zip(events["constituents"], events["jet_axis"], strict=True)):
        order = sorted(range(words.number), key=lambda k, sent=sent: -sent[k][0])  # Python's sort keeps ties in order
        for place, k in enumerate(order[:constituents]):
            pt, eta, phi = (int(n) for n in sent[k])
            if pt == 0 or pt * words.units[0] < words.least_pt:
                continue
            eta, phi = eta - int(axis[0]), phi - int(axis[1])
            phi = phi - 2 * half if phi >= half else phi + 2 * half if phi < -half else phi
            lsb = (2.0**-4, 2.0**-6, 2.0**-6)
            ends = ((0, 4095), (-256, 255), (-256, 255))
            for column, word in enumerate((pt, eta, phi)):
                value = word * words.units[column] * SCALE[column] / lsb[column]
                found[event, place, column] = min(max(int(np.floor(value + 0.5)), ends[column][0]), ends[column][1])
    return found


@pytest.mark.parametrize("constituents", [5, 8, 12])
@pytest.mark.parametrize("turn", [1440, 2048])
def test_words_are_what_the_plain_description_says(constituents: int, turn: int) -> None:
    words = replace(WORDS, turn=turn)
    graph = from_candidates(network(constituents), {"constituents": words})
    verify(graph)
    events = drawn(2000, words)
    expected = described(events, words, constituents)
    for built in (graph, optimize(graph)):
        found = run(built, {name: np.asarray(value) for name, value in events.items()})
        values = found.outputs[built.outputs[0]]
        lsb = built.tensors[built.outputs[0]].hull.lsb
        scaled = np.ldexp(values.astype(np.float64), lsb)
        assert np.array_equal(scaled, expected * np.array([2.0**-4, 2.0**-6, 2.0**-6]))
    assert (graph.name, graph.version, [x.name for x in graph.inputs]) == ("tagger", 3, ["constituents", "jet_axis"])


def test_words_that_are_relative_already() -> None:
    words = replace(WORDS, axis=None, turn=None, least_pt=0.0)
    graph = from_candidates(network(6), {"constituents": words})
    events = drawn(500, words)
    events["jet_axis"] = np.zeros_like(events["jet_axis"])
    expected = described(events, replace(words, turn=4096), 6)
    found = run(graph, {"constituents": events["constituents"]}).outputs[graph.outputs[0]]
    assert np.array_equal(
        np.ldexp(found.astype(np.float64), graph.tensors[graph.outputs[0]].hull.lsb),
        expected * np.array([2.0**-4, 2.0**-6, 2.0**-6]),
    )


def test_refusals() -> None:
    with pytest.raises(ModelFileError) as caught:
        from_candidates(network(13), {"constituents": WORDS})
    assert str(caught.value) == (
        "[candidates.constituents]: the input 'constituents' of 'tagger' has shape [13, 3]; "
        "name an input of up to 12 particles with pT, eta and phi"
    )
    with pytest.raises(ModelFileError) as caught:
        from_candidates(network(5), {"particles": WORDS})
    assert "the input 'particles' of 'tagger' does not exist" in str(caught.value)
