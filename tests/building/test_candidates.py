"""From level-1 words to what a network takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import model_tables
from tests.candidate_words import WORDS, Words, described, drawn, network
from trigforge.building import Candidates, from_candidates, read_candidates
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
    with pytest.raises(ModelFileError) as caught:
        from_candidates(network(5), {"constituents": replace(WORDS, axis="constituents")})
    assert str(caught.value) == (
        "[candidates.constituents]: axis = 'constituents' is an input of 'tagger' already; "
        "give the axis a name of its own"
    )


def spelt(text: str, path: Path) -> dict[str, Candidates]:
    """What a file with a table ``[candidates.x]`` holds."""
    return model_tables.spelt(f"[candidates.x]\n{text}", path, "candidates", read_candidates)


TYPES = 'type = ["ap_ufixed<14,14>", "ap_fixed<12,12>", "ap_fixed<11,11>"]'


def test_a_table_of_words(tmp_path: Path) -> None:
    assert spelt(f"number = 12\n{TYPES}\nunit = [0.25, 0.5, 1]", tmp_path) == {
        "x": replace(WORDS, units=(0.25, 0.5, 1.0), turn=None, least_pt=0.0, axis=None)
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{TYPES}\nunit = [1, 1, 1]", "number is missing; a whole number belongs there"),
        (f"number = 0\n{TYPES}\nunit = [1, 1, 1]", "number = 0 should be a number of candidates, 1 to 256"),
        ("number = 4\nunit = [1, 1, 1]", "type is missing; write the integers of pT, eta and phi"),
        ('number = 4\ntype = "ap_fixed<8,3>"\nunit = [1, 1, 1]', "should be three integers, of pT, eta and phi"),
        (f"number = 4\n{TYPES}\nunit = [1, 0, 1]", "unit = [1, 0, 1] should be GeV and radians of a 1 in pT, eta"),
        (f"number = 4\n{TYPES}\nunit = 1", "unit = 1 should be GeV and radians"),
        (f"number = 4\n{TYPES}\nunit = [1, 1, 1]\nturn = 7", "turn = 7 should be the even number of units of phi"),
        (f"number = 4\n{TYPES}\nunit = [1, 1, 1]\nleast_pt = -1", "least_pt = -1.0 should be a pT in GeV"),
        (f"number = 4\n{TYPES}\nunit = [1, 1, 1]\nleast = 2", "unknown key 'least'; nearest is 'least_pt'"),
    ],
)
def test_faults_of_a_table(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        spelt(text, tmp_path)
    assert fault in str(caught.value)
    assert "candidates.x" in str(caught.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        spelt("number = 0\nturn = 3\nunit = []", tmp_path)
    assert all(word in str(caught.value) for word in ("number", "turn", "unit", "type"))
