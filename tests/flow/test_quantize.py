"""Models in floating point: types are found, read, and equal to the framework that rounds as they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trigforge
from tests.frontends import plain_models
from trigforge.building import LayerTypes, ModelTypes, Quantization, load_types
from trigforge.cli.main import main
from trigforge.emulator import run
from trigforge.errors import EventsError, UnsupportedModelError
from trigforge.flow.builder import verify
from trigforge.flow.preparing import read
from trigforge.flow.quantizing import Quantized, quantize
from trigforge.flow.workspace import resolve
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.frontends.keras.running import run as outputs

LOSS = 0.1


def found(kind: str, seed: int) -> tuple[Any, Quantized, dict[str, Any]]:
    model, shape = getattr(plain_models, f"{kind}_model")(seed)
    more = {"shapes": [shape]} if kind == "torch" else {}
    return model, quantize(model, plain_models.host_values(seed, shape, 150), loss=LOSS, **more), more


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["keras", "onnx", "torch"])
def test_random_models_quantize_and_are_equal(kind: str, seed: int) -> None:
    """``read`` compares 1,000 events that reach rails and ties, with a copy of the model that rounds."""
    if kind == "torch":
        pytest.importorskip("brevitas")
    if kind == "onnx":
        pytest.importorskip("qonnx")
    model, quantized, more = found(kind, seed)
    graph = read(model, types=quantized.types, **more)
    assert {layer.name for layer in graph.layers if layer.typed} == set(quantized.types.layers)
    assert sum(quantized.after.values()) <= sum(quantized.before.values())
    assert quantized.wide.loss <= LOSS


@pytest.mark.parametrize("kind", ["keras", "onnx"])
def test_every_simulator_agrees_on_a_quantized_model(kind: str, tmp_path: Path) -> None:
    if kind == "onnx":
        pytest.importorskip("qonnx")
    model, quantized, more = found(kind, 2)
    graph = read(model, types=quantized.types, **more)
    agreed = verify(graph, out=tmp_path)
    assert all(entry.mismatches == 0 for entry in agreed) and len(agreed) >= 4


def saved(folder: Path) -> Any:
    layers = keras().layers
    keras().utils.set_random_seed(5)
    x = layers.Input((4,), name="jet")
    y = layers.Dense(6, activation="relu", name="fc1")(x)
    y = layers.Dense(3, activation="softmax", name="scores")(layers.BatchNormalization(name="norm")(y))
    model = keras().Model(x, y, name="tagger")
    events = plain_models.host_values(3, (4,), 300)
    with quiet():
        model.save(folder / "tagger.keras")
    (scores,) = outputs(model, [events])
    classes = scores.argmax(axis=1)
    np.savez(folder / "events.npz", jet=events, truth=classes, targets=events[:, :3])
    return model


def test_the_command_writes_types_that_every_command_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path)
    model, events, types = (str(tmp_path / name) for name in ("tagger.keras", "events.npz", "tagger.types.toml"))
    with pytest.raises(UnsupportedModelError, match="its weights are floating-point numbers"):
        trigforge.read(model)
    given = ["quantize", model, "--events", events, "--labels", "truth", "--loss"]
    main([*given, "5%"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "accuracy" in told and "5.00% permitted" in told and told.endswith(f"types: {types}\n")
    first = Path(types).read_text(encoding="utf-8")
    assert first.startswith("# Types of tagger.keras, found by trigforge quantize.")
    assert resolve(model).types == load_types(Path(types))
    graph = trigforge.read(model)
    assert [layer.name for layer in graph.layers if layer.typed] == ["fc1", "norm", "scores"]
    main([*given, "0.05"], standalone_mode=False)
    assert Path(types).read_text(encoding="utf-8") == first


def test_types_of_a_folder_are_named_by_its_model_toml(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "model.toml").write_text(
        "name = 'tagger'\nversion = 1\ncheckpoint = 'tagger.keras'\ntypes = 'types.toml'\n"
        "[events]\nfile = 'events.npz'\n[inputs.jet]\nscale = 0.5\n",
        encoding="utf-8",
    )
    (tmp_path / "types.toml").write_text("", encoding="utf-8")
    main(["quantize", str(tmp_path), "--loss", "5%"], standalone_mode=False)
    graph = trigforge.read(str(tmp_path))
    assert float(graph.inputs[0].encoding.scale.to_float()) == 0.5
    assert load_types(tmp_path / "types.toml").inputs.keys() == {"jet"}


def test_a_report_says_on_top_that_types_come_from_a_table(tmp_path: Path) -> None:
    model = saved(tmp_path)
    quantized = quantize(model, plain_models.host_values(3, (4,), 150), loss=LOSS)
    report = trigforge.build(read(model, types=quantized.types), out=tmp_path / "built")
    assert report.notices[0] == (
        "the graph is a quantization of the model: the types of 'fc1', 'norm', 'scores' come from a table, and every "
        "comparison is with what rounds as the table says, not with the model in floating point: see trigforge quantize"
    )


@pytest.mark.parametrize(
    ("events", "labels", "message"),
    [
        (np.zeros((10, 4)), None, "10 events are too few to find types with; give 30 or more"),
        (np.zeros((90, 5)), None, r"input 'jet' has the shape \[4\], the events have \[5\]"),
        (np.full((90, 4), np.nan), None, r"input 'jet': event 0, element \[0\] is NaN or infinite; take it out"),
        (
            np.zeros((90, 4)),
            np.zeros(80),
            r"the arrays differ in their number of events: \{'jet': 90, 'the labels': 80\}",
        ),
        ({"jat": np.zeros((90, 4))}, None, r"input 'jet' is not among the events, which hold \['jat'\]"),
    ],
)
def test_events_that_do_not_fit_are_refused(tmp_path: Path, events: Any, labels: Any, message: str) -> None:
    with pytest.raises(EventsError, match=message):
        quantize(saved(tmp_path), events, labels=labels)


def test_types_among_quantized_layers(tmp_path: Path) -> None:
    """A quantized layer needs no entry for what it quantizes; a weight of it in the table is refused."""
    keras().utils.set_random_seed(7)
    x = keras().layers.Input((4,), name="x")
    y = keras().layers.Dense(3, name="last")(plain_models.quantized_dense(5, 0)(x))
    model = keras().Model(x, y, name="mixed")
    events = plain_models.host_values(1, (4,), 150)
    quantized = quantize(model, events, loss=LOSS)
    assert not quantized.types.inputs and set(quantized.types.layers) == {"quantized_0", "last"}
    assert set(quantized.types.layers["quantized_0"].parts) == {"result"}
    graph = read(model, types=quantized.types)
    assert run(graph, {"x": graph.inputs[0].encode(events)}).outputs
    own = Quantization.parse("ap_fixed<8,3>")
    told = r"'quantized_0' \(QDense\): has no weight that a type could be given to"
    with pytest.raises(UnsupportedModelError, match=told):
        read(model, types=ModelTypes(layers={**quantized.types.layers, "quantized_0": LayerTypes(own)}))
