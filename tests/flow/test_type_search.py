"""The search for types, and the figures by which it judges, on numbers that can be followed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from trigforge.building import ModelTypes
from trigforge.errors import EventsError
from trigforge.flow.observer import Silent
from trigforge.flow.quality import Figure, judge_of
from trigforge.flow.type_search import Ranges, Search, Trial
from trigforge.frontends import FloatModel, Place, Span

WEIGHT, BIAS, RESULT = (Place("fc", part) for part in ("weight", "bias", "result"))


def model(weights: dict[Place, np.ndarray]) -> FloatModel:
    return FloatModel(None, "none", {}, (*weights, RESULT), weights, [""], lambda events: ([], {}))


def ranges() -> Ranges:
    spans = {RESULT: Span(np.array([0.0, -3.0]), np.array([1.9, 4.0]))}
    return Ranges.of(model({WEIGHT: np.array([0.24, -0.1]), BIAS: np.array([0.0, 0.0])}), spans, 0.1)


def test_ranges_hold_what_was_seen_and_the_margin() -> None:
    found = ranges()
    assert found.quantization(WEIGHT, 6).spelt == "ap_fixed<5,-1>"
    assert found.quantization(RESULT, 3).spelt == ["ap_fixed<6,3>", "ap_fixed<7,4>"]
    assert found.quantization(BIAS, 3).spelt == "ap_ufixed<3,0>"


def test_bits_are_taken_where_they_cost_most_and_matter_least() -> None:
    """Outputs depend on the result's bits alone, the size on the weight's alone: only the weight is narrowed."""

    def evaluate(types: ModelTypes) -> Trial:
        own = types.layer("fc")
        assert own.weight and own.result and own.bias
        assert own.bias.types.lsb == own.result.types.lsb.max() - 2
        deviation = 2.0 ** -int(own.result.types.width.values.max())
        return Trial(types, deviation, deviation, 1 + float(own.weight.types.width.values.max()))

    search = Search((WEIGHT, BIAS, RESULT), ranges(), evaluate, 2.0**-7)
    first, best = search.run(Silent())
    assert first.types.layer("fc").weight == ranges().quantization(WEIGHT, 17)
    assert best.size == 2
    assert best.types.layer("fc").result == ranges().quantization(RESULT, 8 - 4)


def test_the_figure_follows_from_labels_and_endings() -> None:
    scores = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [0.0, 3.0]])
    worse = scores.copy()
    worse[3] = [1.0, 0.0]
    found = judge_of([scores], [""], np.array([0, 1, 1, 1])).of([worse])
    assert (found.figure, found.float_value, found.value, found.loss) == (Figure.ACCURACY, 0.75, 0.5, 0.25)
    assert judge_of([scores], [""], np.eye(2)[[0, 1, 1, 1]]).of([worse]) == found
    assert judge_of([scores], ["softmax"], None).of([worse]).value == 0.75
    assert judge_of([scores], [""], None).of([scores]).loss == 0.0
    targets = judge_of([scores], [""], scores + 1.0).of([scores - 1.0])
    assert (targets.figure, targets.float_value, targets.value, targets.loss) == (Figure.RESOLUTION, 1.0, 2.0, 1.0)
    logits = np.array([[0.2], [-0.1], [0.7]])
    for ending, value in (("sigmoid", 1.0), ("", 2 / 3)):
        assert judge_of([logits], [ending], np.array([1, 0, 1])).of([logits]).float_value == pytest.approx(value)
    with pytest.raises(EventsError, match="the labels have 3 numbers an event, the model gives 2"):
        judge_of([scores], [""], np.zeros((4, 3)) + 0.5)
    with pytest.raises(EventsError, match="the labels hold NaN"):
        judge_of([scores], [""], np.array([0, 1, np.nan, 1]))
    with pytest.raises(EventsError, match="this one has 2; leave --labels out"):
        judge_of([scores, scores], ["", ""], np.array([0, 1, 0, 1]))
