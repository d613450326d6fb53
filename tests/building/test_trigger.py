"""The score of a network and its trigger bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import model_tables
from tests.small_graph import SMALL
from tests.trigger_networks import TRIGGER, classifier, described, drawn
from trigforge.building import Builder, Trigger, read_trigger, relu, with_trigger
from trigforge.emulator import run
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedTypes
from trigforge.graph import FixedPointGraph, verify
from trigforge.passes import optimize


def outputs(graph: FixedPointGraph, mantissas: np.ndarray) -> dict[str, np.ndarray]:
    verify(graph)
    return run(graph, {"x": mantissas}).values(graph)


@pytest.mark.parametrize("signal", [(2, 3, 4), (3,), (4, 1)])
@pytest.mark.parametrize("background", [(0,), ()])
@pytest.mark.parametrize("threshold", [1.3, 0.0, -1.5, 0.015625])
def test_score_and_bit_are_what_the_plain_description_says(
    signal: tuple[int, ...], background: tuple[int, ...], threshold: float
) -> None:
    trigger = replace(TRIGGER, signal=signal, background=background, threshold=threshold, output=None)
    network, events = classifier(), drawn(5000)
    graph = with_trigger(network, trigger)
    assert graph.outputs == ("classes", "tagged_score", "tagged")
    assert (graph.name, graph.version, graph.inputs) == (network.name, network.version, network.inputs)
    assert [layer.name for layer in graph.layers] == ["classes", "tagged_score", "tagged"]
    logits = run(network, {"x": events}).values(network)["classes"]
    for form in (graph, optimize(graph)):
        found = outputs(form, events)
        assert np.array_equal(found["classes"], logits)
        for name, expected in zip(("tagged_score", "tagged"), described(logits, trigger), strict=True):
            assert np.array_equal(found[name], expected)
        assert form.tensors["tagged"].hull.width == 1 and not form.tensors["tagged"].hull.signed


def test_a_score_at_the_threshold_fires() -> None:
    network, events = classifier(), drawn(3000)
    scores = described(run(network, {"x": events}).values(network)["classes"], TRIGGER)[0]
    threshold = float(np.sort(scores[:, 0])[1500])
    graph = with_trigger(network, replace(TRIGGER, threshold=threshold))
    assert outputs(graph, events)["tagged"].sum() == (scores >= threshold).sum()


def test_one_logit_and_a_network_of_several_outputs() -> None:
    build = Builder("two")
    x = build.input("x", (1,), FixedTypes.of(1, 6, 3))
    with build.layer("logit"):
        y = relu(x)
    network = build.graph([x, y])
    graph = optimize(with_trigger(network, Trigger("hit", (0,), threshold=0.7, output="logit")))
    events = np.arange(-32, 32)[:, None]
    assert np.array_equal(outputs(graph, events)["hit"], np.maximum(events / 8, 0) >= 0.7)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"output": "clases"}, "output = 'clases' is none of 'tagger'; nearest is 'classes'"),
        ({"signal": (2, 5)}, "there is no logit 5 in the output 'classes'; it has 5, counted from 0"),
        ({"name": "classes"}, "name = 'classes' would make 'classes', which is a tensor or layer of 'tagger'"),
        ({"threshold": 1e9}, "threshold = 1e+09 leaves a bit that never changes; take one above the lowest score, -"),
        ({"threshold": -1e300}, "threshold = -1e+300 leaves a bit that never changes; take one above the lowest score"),
    ],
)
def test_what_does_not_fit_the_network(changed: dict[str, object], fault: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        with_trigger(classifier(), replace(TRIGGER, **changed))
    assert str(caught.value).startswith(f"[trigger]: {fault}")


def test_the_ends_of_the_score_are_told_apart() -> None:
    """The bit changes at the highest score and above the lowest, and nowhere beyond."""
    graph = with_trigger(classifier(), TRIGGER)
    score = graph.tensors["tagged_score"]
    low, high = (float(end[0]) * 2.0**score.hull_lsb for end in score.at(score.hull_lsb))
    for threshold in (high, low + 2.0**score.hull_lsb):
        with_trigger(classifier(), replace(TRIGGER, threshold=threshold))
    for threshold in (high + 2.0 ** (score.hull_lsb - 3), low):
        with pytest.raises(ModelFileError, match="never changes"):
            with_trigger(classifier(), replace(TRIGGER, threshold=threshold))


def test_outputs_that_are_no_row_of_logits() -> None:
    build = Builder("pairs")
    x = build.input("x", (2, 2), "ap_fixed<4,4>")
    with build.layer("y"):
        y = relu(x)
    with pytest.raises(ModelFileError, match=r"the output 'y' of 'pairs' has shape \[2, 2\]; name one row of logits"):
        with_trigger(build.graph([y]), Trigger("t", (0,), (1,), 0.5))
    with pytest.raises(ModelFileError, match="output is missing; 'pairs' has x, y"):
        with_trigger(build.graph([x, y]), Trigger("t", (0,), (1,), 0.5))


def test_all_that_does_not_fit_at_once() -> None:
    with pytest.raises(ModelFileError) as caught:
        with_trigger(SMALL, Trigger("relu", (7,), (1,), 0.5))
    assert len(caught.value.args) == 2


def spelt(text: str, path: Path) -> Trigger | None:
    return model_tables.spelt(f"[trigger]\n{text}", path, "trigger", read_trigger)


GOOD = "name = 'tagged'\nsignal = [2, 3, 4]\nthreshold = 1.3\n"


def test_a_table(tmp_path: Path) -> None:
    assert spelt(f"{GOOD}background = [0, 1]\noutput = 'classes'", tmp_path) == TRIGGER
    assert spelt(GOOD, tmp_path) == replace(TRIGGER, background=(), output=None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("signal = [1]\nthreshold = 1", "name is missing; text belongs there"),
        ("name = 'a b'\nsignal = [1]\nthreshold = 1", "name = 'a b' should be an identifier of C, as 'a_b'"),
        ("name = ''\nsignal = [1]\nthreshold = 1", "name = '' should be an identifier of C, as 'tagged'"),
        ("name = 'a'\nthreshold = 1", "signal is missing; write the logits of the signal, counted from 0, as in"),
        ("name = 'a'\nsignal = []\nthreshold = 1", "signal = [] should be a list of different whole numbers from 0 on"),
        ("name = 'a'\nsignal = 2\nthreshold = 1", "signal = 2 should be a list of different whole numbers"),
        ("name = 'a'\nsignal = [1, 1]\nthreshold = 1", "signal = [1, 1] should be a list of different whole numbers"),
        ("name = 'a'\nsignal = [true]\nthreshold = 1", "signal = [True] should be a list of different whole numbers"),
        ("name = 'a'\nsignal = [-1]\nthreshold = 1", "signal = [-1] should be a list of different whole numbers"),
        ("name = 'a'\nsignal = [1]", "threshold is missing; a number belongs there"),
        ("name = 'a'\nsignal = [1]\nthreshold = nan", "threshold = nan should be a finite number"),
        (f"{GOOD}background = [0, 2]", "signal and background both name the logit 2; leave it in one"),
        (f"{GOOD}treshold = 2", "unknown key 'treshold'; nearest is 'threshold'"),
    ],
)
def test_faults_of_a_table(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        spelt(text, tmp_path)
    assert fault in str(caught.value) and "[trigger]" in str(caught.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        spelt("name = '1'\nbackground = 3\nthreshold = inf", tmp_path)
    assert all(word in str(caught.value) for word in ("4 faults", "name", "signal", "background", "threshold"))
