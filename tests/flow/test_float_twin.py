"""The float twin of a model: run on the same events, kept, and refused where it is another network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trigforge.building import Builder, Quantization, quantize, with_units
from trigforge.errors import EventsError, ModelFileError
from trigforge.fixed import FixedArray
from trigforge.flow.float_twin import twin_outputs
from trigforge.flow.observer import Silent
from trigforge.graph import FixedPointGraph, HostUnits

keras = pytest.importorskip("keras")
UNITS = HostUnits(scale=FixedArray.from_float(0.5), offset=FixedArray.from_float(1.0))


def graph(*shapes: tuple[int, ...]) -> FixedPointGraph:
    """Inputs ``a``, ``b``, ... of these shapes, and the first of them as output."""
    build = Builder("net")
    inputs = [build.input("ab"[n], shape, "ap_fixed<12,8>") for n, shape in enumerate(shapes)]
    return build.graph([quantize(x, Quantization.of("ap_fixed<10,8>"), name=f"y{n}") for n, x in enumerate(inputs)])


def network(*shapes: tuple[int, ...], softmax: bool = False):  # type: ignore[no-untyped-def]
    """A dense layer on the flattened inputs ``first``, ``second``."""
    inputs = [keras.Input(shape, name=("first", "second")[n]) for n, shape in enumerate(shapes)]
    rows = [keras.layers.Flatten()(x) for x in inputs]
    joined = keras.layers.Concatenate()(rows) if len(rows) > 1 else rows[0]
    activation = "softmax" if softmax else None
    return keras.Model(inputs, keras.layers.Dense(3, activation=activation, name="classes")(joined))


@pytest.mark.parametrize("softmax", [False, True])
def test_outputs_are_those_of_the_twin_before_its_softmax(softmax: bool) -> None:
    twin, x = network((4,), softmax=softmax), np.random.default_rng(0).normal(size=(5000, 4))
    found = twin_outputs(twin, graph((4,)), x, 0, Silent())
    kernel, bias = twin.get_layer("classes").get_weights()
    assert found.shape == (5000, 3)
    np.testing.assert_allclose(found, x @ kernel + bias, rtol=1e-5, atol=1e-5)


def test_the_twin_gets_the_units_that_the_network_was_trained_on() -> None:
    twin, x = network((4,)), np.random.default_rng(0).normal(size=(20, 4))
    given = replace(graph((4,)), inputs=with_units(graph((4,)).inputs, {"a": UNITS}))
    found = twin_outputs(twin, given, x, 0, Silent())
    kernel, bias = twin.get_layer("classes").get_weights()
    np.testing.assert_allclose(found, (x - 1) * 0.5 @ kernel + bias, rtol=1e-5, atol=1e-5)


def test_inputs_of_other_names_are_taken_in_order() -> None:
    twin, rng = network((4,), (2, 3)), np.random.default_rng(0)
    events = {"a": rng.normal(size=(50, 4)), "b": rng.normal(size=(50, 2, 3))}
    assert twin_outputs(twin, graph((4,), (2, 3)), events, 0, Silent()).shape == (50, 3)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, as it saves
def test_a_file_runs_once_for_the_same_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    network((4,)).save(tmp_path / "twin.keras")
    x = np.random.default_rng(0).normal(size=(50, 4))
    first = twin_outputs(tmp_path / "twin.keras", graph((4,)), x, 0, Silent())
    monkeypatch.setattr("trigforge.frontends.survey", lambda model: pytest.fail("it ran again"))
    assert (twin_outputs(tmp_path / "twin.keras", graph((4,)), x, 0, Silent()) == first).all()
    with pytest.raises(pytest.fail.Exception, match="it ran again"):
        twin_outputs(tmp_path / "twin.keras", graph((4,)), x + 1, 0, Silent())


@pytest.mark.parametrize("shapes", [((5,),), ((4,), (4,))])
def test_another_network_is_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(EventsError, match=r"the float twin takes .*, the model {'a': \[4\]}; give the network"):
        twin_outputs(network(*shapes), graph((4,)), np.zeros((9, 4)), 0, Silent())


@pytest.mark.parametrize("name", ["no.keras", "twin.txt"])
def test_what_is_no_model_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "twin.txt").write_text("x")
    with pytest.raises(ModelFileError, match="is no model file"):
        twin_outputs(tmp_path / name, graph((4,)), np.zeros((9, 4)), 0, Silent())
