"""Labels of events: what is told of them, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from trigforge.building import Builder, Quantization, quantize
from trigforge.errors import EventsError, ModelFileError
from trigforge.flow.labels import Labels, LabelSource, quality_of, read_labels
from trigforge.graph import FixedPointGraph
from trigforge.merit import accuracy
from trigforge.reports import wording
from trigforge.toml_tables import read_tables


def graph(outputs: int) -> FixedPointGraph:
    build = Builder("net")
    x = build.input("x", (outputs,), "ap_fixed<12,8>")
    return build.graph([quantize(x, Quantization.of("ap_fixed<10,8>"), name="y")])


def scores(events: int, outputs: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-100, 100, (events, outputs))


def labels(values: object, *classes: str, **more: object) -> Labels:
    return Labels(np.asarray(values), LabelSource("kind", classes, **more))  # type: ignore[arg-type]


def test_classes() -> None:
    found, truth = scores(600, 3), np.arange(600) % 3
    quality = quality_of(graph(3), {"y": found}, labels(truth, "b", "c", "light"))
    own = quality.firmware
    assert quality.events == 600 and quality.labels == "kind" and own.residuals is None
    assert own.accuracy == accuracy(found.astype(float), truth)
    assert [(curve.name, curve.events) for curve in own.curves] == [("b", 200), ("c", 200), ("light", 200)]
    assert all(0.4 < curve.auc < 0.6 and len(curve.background) == len(quality.efficiencies) for curve in own.curves)


def test_perfect_classes_without_names() -> None:
    truth = np.arange(90) % 3
    quality = quality_of(graph(3), {"y": np.eye(3, dtype=np.int64)[truth] * 100}, labels(truth.astype(float)))
    assert quality.firmware.accuracy == 1
    assert [(curve.name, curve.auc) for curve in quality.firmware.curves] == [(f"class {n}", 1.0) for n in range(3)]


def test_the_sign_of_one_output_tells_two_classes_apart() -> None:
    truth = np.array([0, 1, 1, 0])
    own = quality_of(graph(1), {"y": np.array([[-3], [5], [-1], [-2]])}, labels(truth, "QCD", "top")).firmware
    assert own.accuracy == 0.75 and [curve.auc for curve in own.curves] == [1.0, 1.0]


def test_a_class_without_events_has_no_curve() -> None:
    own = quality_of(graph(3), {"y": scores(50, 3)}, labels(np.arange(50) % 2, "b", "c", "light")).firmware
    assert [curve.name for curve in own.curves] == ["b", "c"]


def test_a_regression_in_units_of_its_targets() -> None:
    target = np.random.default_rng(1).normal(0, 10, 4000)
    found = np.round((target * 2 + np.random.default_rng(2).normal(0, 1, 4000)) * 4).astype(np.int64)[:, None]
    quality = quality_of(graph(1), {"y": found}, labels(target, unit="mrad", scale=2.0))
    own = quality.firmware.residuals
    assert own is not None and quality.unit == "mrad" and quality.firmware.curves == ()
    assert abs(own.bias) < 0.1 and 0.95 < own.rms < 1.05 and 0.95 < own.half_width < 1.05
    assert sum(own.counts) == 4000 and len(own.edges) == len(own.counts) + 1


@pytest.mark.parametrize(
    ("outputs", "given", "message"),
    [
        (
            3,
            labels([0, 1, 2, 3] * 5, "a", "b", "c"),
            "labels 'kind' reach from 0 to 3, there are 3 names of classes, and",
        ),
        (3, labels([0, 1] * 10, "a", "b"), "there are 2 names of classes, and the output tells 3 apart"),
        (
            3,
            labels(np.linspace(0, 1, 20)),
            "labels 'kind' are neither the numbers of 3 classes nor targets of one output",
        ),
        (3, labels([0, 1]), "labels 'kind' hold 1 numbers for each of 2 events; give one for each of 20"),
        (1, labels([np.nan] * 20), "labels 'kind' hold NaN or infinity; take such events out"),
        (1, labels([0.0] * 20, output="z"), "labels are of the output 'z', but there are y; correct"),
        (3, labels([0.5, 1] * 10, "a", "b", "c"), "labels 'kind' reach from 0.5 to 1"),
    ],
)
def test_labels_that_do_not_fit(outputs: int, given: Labels, message: str) -> None:
    with pytest.raises(EventsError) as error:
        quality_of(graph(outputs), {"y": scores(20, outputs)}, given)
    assert message in str(error.value)


def test_a_float_twin_is_told_beside_the_firmware() -> None:
    found, truth = scores(600, 3), np.arange(600) % 3
    twin = np.eye(3)[truth]
    quality = quality_of(graph(3), {"y": found}, labels(truth), twin)
    assert [*quality.networks] == ["firmware", "float twin"]
    assert quality.networks["float twin"].accuracy == 1 and quality.firmware == quality.networks["firmware"]
    assert wording.quality(quality).startswith(
        f"quality: accuracy {quality.firmware.accuracy:.2%} (float twin 100.00%)"
    )
    with pytest.raises(EventsError, match="the float twin gives 2 numbers an event, the model 3"):
        quality_of(graph(3), {"y": found}, labels(truth), twin[:, :2])


def test_residuals_of_a_twin_and_their_histograms() -> None:
    target = np.random.default_rng(1).normal(0, 10, 500)
    quality = quality_of(
        graph(1), {"y": np.round(target * 4)[:, None].astype(int)}, labels(target, unit="mrad"), target
    )
    assert " (float twin 0 mrad), RMS " in wording.quality(quality)
    own = quality.firmware.residuals
    assert own is not None
    drawn = own.to_hist("angle")
    assert drawn.sum() == 500 and drawn.axes[0].label == "angle" and drawn.axes[0].edges.tolist() == list(own.edges)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "column is missing"),
        ({"column": "y", "classes": ["a"]}, "classes = ['a'] should be names in the order of numbers"),
        ({"column": "y", "classes": ["a", "b"], "unit": "GeV"}, "classes have neither unit nor scale"),
        ({"column": "y", "scale": 0.0}, "scale = 0.0 should be a finite number above 0"),
        ({"column": "y", "clases": ["a", "b"]}, "unknown key 'clases'; nearest is 'classes'"),
    ],
)
def test_tables_that_are_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(ModelFileError) as error, read_tables(table, "labels", ModelFileError) as entries:
        read_labels(entries, Path())
    assert message in str(error.value)


def test_labels_of_a_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((5, 2)), kind=np.arange(5))
    assert LabelSource("kind").read(tmp_path / "x.npz", None, 3).values.tolist() == [0, 1, 2]
    with pytest.raises(EventsError, match=r"holds no array 'label'; known are x, kind$"):
        LabelSource("label").read(tmp_path / "x.npz", None, None)
