"""From level-1 words to what a network takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.candidate_words import WORDS, Words, described, drawn, network
from trigforge.building import from_candidates
from trigforge.emulator import run
from trigforge.errors import ModelFileError
from trigforge.graph import FixedPointGraph, verify
from trigforge.passes import optimize


def values(graph: FixedPointGraph, events: dict[str, Words]) -> list[np.ndarray]:
    """The first output, of the graph and of its optimized form."""
    verify(graph)
    inputs = {tensor.name: events[tensor.name] for tensor in graph.inputs}
    forms = (graph, optimize(graph))
    return [
        np.ldexp(run(form, inputs).outputs[name].astype(np.float64), form.tensors[name].hull.lsb)
        for form in forms
        for name in form.outputs[:1]
    ]


@pytest.mark.parametrize("constituents", [5, 8, 12])
@pytest.mark.parametrize("turn", [1440, 2048])
def test_words_are_what_the_plain_description_says(constituents: int, turn: int) -> None:
    words = replace(WORDS, turn=turn)
    graph = from_candidates(network(constituents), {"constituents": words})
    events = drawn(2000, words)
    expected = described(events, words, constituents)
    assert all(np.array_equal(found, expected) for found in values(graph, events))
    assert (graph.name, graph.version, [x.name for x in graph.inputs]) == ("tagger", 3, ["constituents", "jet_axis"])


def test_words_that_are_relative_already() -> None:
    words = replace(WORDS, axis=None, turn=None, least_pt=0.0)
    graph = from_candidates(network(6), {"constituents": words})
    events = drawn(500, words)
    expected = described(events, words, 6)
    assert all(np.array_equal(found, expected) for found in values(graph, events))


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
