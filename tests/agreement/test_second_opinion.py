"""HGQ2 models through hls4ml's own front-end: the same outputs, or a difference with its cause and its place."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hgq.layers import QAdd, QDense, QSum, QUnaryFunctionLUT
from hgq.quantizer import Quantizer
from hls4ml.converters.keras_v3 import layer_handlers
from keras.layers import Concatenate

from tests.agreement.hgq_models import SMALL_MODELS, activations, draw, table
from tests.agreement.hls4ml_faults import (
    FAULTS,
    input_that_wraps_and_saturates,
    output_that_is_also_quantized_alike,
    rounding_to_a_far_coarser_step,
)
from tests.agreement.second_opinion import (
    PROJECT,
    Values,
    by_hls4ml,
    by_keras,
    by_trigforge,
    compile_csim,
    convert,
    off_grid,
    on_grid,
    respelled,
    saturation_as_trained,
)
from trigforge.errors import UnsupportedModelError
from trigforge.events import read_events
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.frontends import read
from trigforge.frontends.keras.files import open_model
from trigforge.graph import FixedPointGraph

# Keras 3's own, whenever hls4ml takes the weights of a plain Keras layer.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

EVENTS = 4000


def assert_agreement(model: Any, graph: FixedPointGraph, events: Sequence[Values], folder: Path) -> None:
    ours, theirs = by_trigforge(graph, events), by_hls4ml(model, events, folder)
    for name, first, second in zip(graph.outputs, ours, theirs, strict=True):
        assert len(np.unique(first)) > 10, f"{name} hardly changes"
        assert first.shape == second.shape
        assert (first == second).all(), f"{name}: {(first != second).sum()} of {first.size} values differ"


def drawn(graph: FixedPointGraph, count: int) -> list[Values]:
    """One half on the grid of the inputs, one half anything."""
    pairs = zip(on_grid(graph, count // 2, seed=1), off_grid(graph, count - count // 2, seed=2), strict=True)
    return [np.concatenate(pair) for pair in pairs]


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_small_models_agree(name: str, tmp_path: Path) -> None:
    model = SMALL_MODELS[name]()
    graph = read(model)
    assert_agreement(model, graph, drawn(graph, EVENTS), tmp_path)


@pytest.mark.parametrize(
    ("file", "events"),
    [
        ("calibration/hgq_jsc_openml_0.771.keras", EVENTS),
        ("calibration/da4ml_jsc_openml_76.86.h5", EVENTS),
        ("models/hgq_plf_32x3_78.46.keras", EVENTS // 2),
    ],
)
def test_published_models_agree(shared: Path, file: str, events: int, tmp_path: Path) -> None:
    graph = read(shared / file)
    assert_agreement(open_model(shared / file), graph, drawn(graph, events), tmp_path)


def test_jet_tagger_agrees(repository: Path, tmp_path: Path) -> None:
    checkpoint = repository / "models" / "jet_tagger" / "jet_tagger.keras"
    source = resolve(str(checkpoint.parent))
    tensor = read_source(source).inputs[0]
    assert source.events is not None
    host = read_events(source.events, {tensor.name: tensor.shape}, source.binding)[tensor.name]
    jets = np.ldexp(tensor.encode(host[: EVENTS // 4]).astype(np.float64), tensor.interval.hull.lsb)
    graph = read(checkpoint)
    events = [np.concatenate([jets, *drawn(graph, EVENTS // 4)])]
    model = open_model(checkpoint)
    with pytest.raises(ValueError, match="Circular dependency detected"):
        convert(model, tmp_path)
    readable = respelled(model)
    assert (by_keras(readable, events)[0] == by_keras(model, events)[0]).all()
    with saturation_as_trained():
        assert_agreement(readable, graph, events, tmp_path)


THEIR_WARNINGS = (
    "Saturation mode {'RND_CONV'} may compromise bit-exactness. Forcing at maximum 24 fractional bits.",
    "result_t for row_dense propagated multiple times.",
)


def test_differences_are_exactly_the_known_ones(tmp_path: Path) -> None:
    faults = {make.__name__: make() for make in FAULTS}
    agreeing = [fault.output_that_agrees for fault in faults.values() if fault.output_that_agrees is not None]
    inputs = [tensor for fault in faults.values() for tensor in fault.inputs]
    model = keras.Model(inputs, [fault.output for fault in faults.values()] + agreeing, name="faults")
    events = [values for fault in faults.values() for values in fault.events]
    truth, ours = by_keras(model, events), by_trigforge(read(model), events)
    with pytest.warns(UserWarning) as warned:
        theirs = by_hls4ml(model, events, tmp_path)
    said = sorted(str(warning.message) for warning in warned if "hls4ml" in str(warning.filename))
    assert len(said) == len(THEIR_WARNINGS)
    assert all(text.startswith(start) for text, start in zip(said, THEIR_WARNINGS, strict=True))
    for (name, fault), keras_, trigforge_, hls4ml_ in zip(faults.items(), truth, ours, theirs, strict=False):
        assert (trigforge_ == keras_).all(), name
        assert fault.wrong.any() and not fault.wrong.all(), name
        assert (hls4ml_ == np.where(fault.wrong, fault.instead, keras_)).all(), name
        assert (hls4ml_ != keras_)[fault.wrong].all(), name
    for keras_, trigforge_, hls4ml_ in zip(*(outputs[len(faults) :] for outputs in (truth, ours, theirs)), strict=True):
        assert (trigforge_ == keras_).all() and (hls4ml_ == keras_).all()


def test_an_input_that_wraps_and_saturates_wraps_in_theirs_and_is_refused_here(tmp_path: Path) -> None:
    fault = input_that_wraps_and_saturates()
    model = keras.Model(fault.inputs, fault.output, name="faults")
    with pytest.raises(UnsupportedModelError, match="is quantized in ways that no encoding of one integer joins"):
        read(model)
    (truth,) = by_keras(model, fault.events)
    with pytest.warns(UserWarning, match="Inconsistent saturation modes {"):
        (theirs,) = by_hls4ml(model, fault.events, tmp_path)
    assert fault.wrong.any() and not fault.wrong.all()
    assert (theirs == np.where(fault.wrong, fault.instead, truth)).all()
    assert (theirs != truth)[fault.wrong].all()


def test_rounding_to_a_far_coarser_step_aborts_their_simulation(tmp_path: Path) -> None:
    model, events = rounding_to_a_far_coarser_step()
    assert not by_keras(model, [events])[0].any()
    assert not by_trigforge(read(model), [events])[0].any()
    compile_csim(convert(model, tmp_path), tmp_path)
    (library,) = (tmp_path / "firmware").glob(f"{PROJECT}-*.so")
    call = f"import ctypes, sys; d = ctypes.c_double; ctypes.CDLL(sys.argv[1]).{PROJECT}_double((d * 1)(), (d * 1)())"
    ended = subprocess.run([sys.executable, "-c", call, library], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGABRT
    assert "Attempting to read bit beyond MSB" in ended.stderr


def _on_vector(build: Callable[[list[Any]], Any]) -> Any:
    x = keras.Input((4,), name="x")
    y = build([QDense(4, iq_conf=activations(), name=name)(x) for name in ("first", "second", "third")])
    return draw(keras.Model(x, y), 0)


def _on_set(build: Callable[[Any], Any]) -> Any:
    x = keras.Input((4, 3), name="x")
    return draw(keras.Model(x, build(Quantizer(activations(), name="quantizer")(x))), 0)


def _after(tensor: Any) -> Any:
    return QDense(2, iq_conf=activations(), name="after")(tensor)


def _lookup(tensor: Any, *, shared_table: bool) -> Any:
    config = activations("RND", "SAT", shared=True, i0=2, f0=3)
    own = {} if shared_table else {"homogeneous_axis": (0,), "heterogeneous_axis": None}
    return QUnaryFunctionLUT(
        "tanh", config, table(k0=1, b0=7, i0=1, **own), allow_heterogeneous_table=not shared_table, name="lookup"
    )(tensor)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a sum of three": (lambda: _on_vector(QAdd(iq_confs=[activations()] * 3, name="add")), r"^$"),
    "a concatenation of three": (lambda: _on_vector(lambda all3: _after(Concatenate(name="concat")(all3))), r"^$"),
    "a concatenation along an axis counted from the front": (
        lambda: _on_set(lambda x: _after(Concatenate(axis=1, name="concat")([x, x]))),
        r"operands could not be broadcast together with shapes \(8,3\) \(4,6\)",
    ),
    "a slice": (lambda: _on_vector(lambda all3: _after(all3[0][:, :2])), "Circular dependency detected"),
    "a table on a set": (
        lambda: _on_set(lambda x: _lookup(x, shared_table=True)),
        r"Rank of input \(3\) must be no greater than rank of output shape \(2\)",
    ),
    "a table for each element": (
        lambda: _on_vector(lambda all3: _lookup(all3[0], shared_table=False)),
        "Heterogeneous table is not supported in QUnaryFunctionLUT layer",
    ),
    "an output that is also quantized, all elements alike": (
        output_that_is_also_quantized_alike,
        "Remove leaf node alike_quantizer will connect its input node alike_dense to output, but it already is",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_they_do_not_convert_we_read(what: str, tmp_path: Path) -> None:
    make, message = REFUSED[what]
    model = make()
    events = on_grid(read(model), 200)
    for ours, truth in zip(by_trigforge(read(model), events), by_keras(model, events), strict=True):
        assert (ours == truth).all()
    with pytest.raises(Exception, match=message):
        convert(model, tmp_path)


def test_sums_need_our_handler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = _on_set(QSum(axes=1, iq_conf=activations(), name="sum"))
    convert(model, tmp_path)
    monkeypatch.delitem(layer_handlers, "hgq.layers.ops.accum.QSum")
    with pytest.raises(ValueError, match="QSum'> not found in registry, and no fallback option succeeded"):
        convert(model, tmp_path)
