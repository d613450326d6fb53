"""Model files: read, refused when damaged, and never a way to run code."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.frontends.hgq_support import events_for, keras_outputs, mismatches, scramble, simulate
from trigforge import frontends
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.frontends.keras.framework import keras
from trigforge.graph import save_graph

SPRUNG: list[str] = []
"""what code in a file appended when it ran"""


@pytest.fixture(autouse=True)
def framework() -> Iterator[Any]:
    SPRUNG.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield keras()
    assert SPRUNG == []


@pytest.fixture(scope="module")
def model() -> Any:
    from hgq.layers import QDense, QEinsumDenseBatchnorm, QSum

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = keras().Input((4, 3), name="x")
        y = QEinsumDenseBatchnorm("bnc,cC->bnC", (4, 5), bias_axes="C", activation="relu")(start)
        y = QDense(2)(QSum(axes=1)(y[:, 1:]))
        return scramble(keras().Model(start, y, name="net"), np.random.default_rng(0))


@pytest.fixture
def saved(model: Any, tmp_path: Path) -> Path:
    path = tmp_path / "tagger 1.keras"
    model.save(path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        frontends.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The archive with another config.json."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_files_give_the_graph_of_the_object(model: Any, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"jets-8{suffix}"
    if suffix == ".h5":  # Keras cannot load slices from this format
        from hgq.layers import QBatchNormDense

        start = keras().Input((4, 3), name="x")
        model = scramble(keras().Model(start, QBatchNormDense(2)(start), name="net"), np.random.default_rng(2))
    model.save(path)
    graph = frontends.read(path)
    assert graph.name == "jets_8"
    assert frontends.read(str(path), name="net", version=3) == frontends.read(model, version=3)
    drawn = events_for(graph, np.random.default_rng(1), 100)
    assert mismatches(graph, simulate(graph, drawn), keras_outputs(model, graph, drawn, "float32")) == 0


def test_graph_files_and_graphs_are_read_too(model: Any, tmp_path: Path) -> None:
    graph = frontends.read(model)
    save_graph(graph, tmp_path / "graph.json")
    assert frontends.read(tmp_path / "graph.json") == graph == frontends.read(graph)
    assert frontends.read(tmp_path / "graph.json", name="other", version=2).name == "other"


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    path = tmp_path / "no.keras"
    assert refusal(path) == f"model file {path} does not exist; give the path of a .keras or .h5 file"
    path = tmp_path / "model.tflite"
    assert refusal(path) == (
        f"model file {path} is of the unknown kind '.tflite'; give a .keras, .h5, .onnx or .pt2 file, or a graph"
    )
    with pytest.raises(UnsupportedModelError) as caught:
        frontends.read(3.5)
    assert str(caught.value) == "cannot read an object of type float; give a Keras, torch or ONNX model, or its path"


def test_truncated_and_foreign_files(saved: Path, model: Any, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) // 2])
    assert refusal(saved) == (
        f"model file {saved} is truncated or no .keras file (File is not a zip file); copy it again"
    )
    saved.write_bytes(b"")
    assert "is truncated or no .keras file" in refusal(saved)
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("readme.txt", "not a model")
    assert refusal(saved) == f"model file {saved} has no config.json; save it with model.save"

    old = tmp_path / "net.h5"
    model.save(old)
    content = old.read_bytes()
    old.write_bytes(content[: len(content) // 2])
    assert refusal(old).startswith(f"model file {old} is truncated or no HDF5 file (")
    old.write_text("events")
    assert refusal(old).startswith(f"model file {old} is truncated or no HDF5 file (")
    with h5py.File(old, "w") as file:
        file["jets"] = np.arange(4)
    assert refusal(old) == f"model file {old} holds no model, at most weights; save it with model.save"


def test_damaged_members(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        weights = archive.read("model.weights.h5")
    rewrite(saved, lambda config: None)
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("config.json", "{")
        archive.writestr("model.weights.h5", weights)
    assert refusal(saved).startswith(f"model file {saved}: config.json is not JSON (")
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("config.json", "[1, 2]")
        archive.writestr("model.weights.h5", weights)
    assert refusal(saved) == f"model file {saved}: its configuration describes no Keras model; save it with model.save"
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(content)
    assert refusal(saved) == f"model file {saved}: model.weights.h5 is damaged; copy or save the file again"


def test_weights_that_do_not_fit(saved: Path) -> None:
    def widen(config: dict[str, Any]) -> None:
        config["config"]["layers"][-1]["config"]["units"] = 7

    message = refusal(rewrite(saved, widen))
    assert message.startswith(f"model file {saved} (saved by Keras {keras().__version__}) cannot be rebuilt by Keras ")
    assert message.endswith("; save it again as .keras with the versions installed here")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_lambda_is_refused_and_never_run(framework: Any, tmp_path: Path, suffix: str) -> None:
    start = framework.Input((3,), name="x")
    code = framework.layers.Lambda(lambda v: v, output_shape=(3,), name="evil")
    path = tmp_path / f"net{suffix}"
    framework.Model(start, code(start)).save(path)
    with pytest.MonkeyPatch.context() as patch:
        for method in ("from_config", "__init__", "call"):
            patch.setattr(framework.layers.Lambda, method, lambda *args, **kwargs: SPRUNG.append("lambda"))
        assert refusal(path) == (
            f"model file {path}: layer 'evil' is a Lambda, which carries code; replace it by a layer of HGQ2; "
            "nothing of it was run"
        )


def test_registered_class_of_the_session_is_refused(framework: Any, tmp_path: Path) -> None:
    @framework.saving.register_keras_serializable(package="mine")
    class Own(framework.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            SPRUNG.append("from_config")
            return cls(**config)

    path = tmp_path / "net.keras"
    start = framework.Input((3,))
    framework.Model(start, Own(name="own")(start)).save(path)
    assert refusal(path) == (
        f"model file {path}: layer 'own' is of the class {Own.__module__}.Own, which is not one of Keras or HGQ2; "
        "replace it by one of those; nothing of it was run"
    )


@pytest.mark.parametrize(
    ("module", "name", "registered"),
    [
        ("os", "system", None),
        ("subprocess", "Popen", None),
        ("subprocess", "Popen", "hgq>Popen"),
        ("trap_module", "Trap", None),
        ("hgq.utils", "trace_minmax", None),
        ("hgq.layers", "QDense", "hgq>QSum"),
        ("keras.src.utils.python_utils", "func_load", None),
        ("keras.src.ops.io_utils", "GetItem2", "GetItem2"),
        ("keras.layers", "TFSMLayer", None),
        ("keras", "Lambda", None),
        (None, "__lambda__", None),
    ],
)
@pytest.mark.parametrize("place", ["layer", "activation", "initializer"])
def test_foreign_classes_are_refused_before_anything_is_imported(
    saved: Path, tmp_path: Path, module: str | None, name: str, registered: str | None, place: str
) -> None:
    (tmp_path / "trap_module.py").write_text(
        "from tests.frontends import test_hgq_files\ntest_hgq_files.SPRUNG.append(1)"
    )
    entry = {"module": module, "class_name": name, "config": {"args": "touch sprung"}, "registered_name": registered}

    def plant(config: dict[str, Any]) -> None:
        layer = config["config"]["layers"][1]
        if place == "layer":
            layer.update(entry)
        else:
            layer["config"]["activation" if place == "activation" else "kernel_initializer"] = entry

    sys.path.insert(0, str(tmp_path))
    try:
        message = refusal(rewrite(saved, plant))
    finally:
        sys.path.remove(str(tmp_path))
    assert name in message
    assert message.endswith("; nothing of it was run")
    assert "trap_module" not in sys.modules


def test_a_class_that_took_the_name_of_hgq_is_refused(framework: Any, saved: Path) -> None:
    from hgq.layers import QSum

    class Impostor(framework.layers.Layer):
        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            SPRUNG.append("impostor")
            return cls()

    registry = framework.saving.get_custom_objects()
    registry["hgq>QSum"] = Impostor
    try:
        assert "is of the class hgq.layers.ops.accum.QSum, which is not one of Keras or HGQ2" in refusal(saved)
    finally:
        registry["hgq>QSum"] = QSum


def test_compile_options_are_not_looked_at(saved: Path) -> None:
    def plant(config: dict[str, Any]) -> None:
        config["compile_config"] = {"loss": {"module": "os", "class_name": "system", "config": {"command": "true"}}}

    assert frontends.read(rewrite(saved, plant)).name == "tagger_1"


def test_links_to_other_files_are_refused(model: Any, tmp_path: Path) -> None:
    path, other = tmp_path / "net.h5", tmp_path / "secret.h5"
    model.save(path)
    shutil.copy(path, other)
    with h5py.File(path, "a") as file:
        file["link"] = h5py.ExternalLink(str(other), "/")
    assert refusal(path) == f"model file {path}: link links to another file; save it again"
    with h5py.File(path, "a") as file:
        del file["link"]
        file.create_dataset("raw", (4,), "u1", external=[(str(other), 0, 4)])
    assert refusal(path) == f"model file {path}: raw reads another file; save it again"


def test_reading_leaves_no_files_behind(saved: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    frontends.read(saved)
    assert sorted(os.listdir(tmp_path)) == before
