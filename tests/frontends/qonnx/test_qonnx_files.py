"""ONNX files: sniffed by content, refused in one line where they are damaged or name what is not in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import trigforge
from tests.frontends.qonnx.drawing import drawn
from tests.frontends.qonnx.test_qonnx_models import executed
from trigforge import frontends
from trigforge.emulator import run
from trigforge.errors import ModelFileError, UnsupportedModelError


@pytest.fixture
def model() -> Any:
    return drawn(0)


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        frontends.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_content_decides(model: Any, tmp_path: Path) -> None:
    for name in ("net.onnx", "net.keras", "net.bin"):
        onnx.save(model, tmp_path / name)
        assert frontends.read(tmp_path / name) == frontends.read(model, name="net")
    assert trigforge.read(model, check=False).name == "net"


@pytest.mark.parametrize("look", [frontends.read, frontends.survey], ids=["read", "survey"])
def test_a_constant_whose_numbers_do_not_fill_its_shape(model: Any, tmp_path: Path, look: Any) -> None:
    model.graph.initializer[0].dims[:] = [7, 11]
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"contradicts itself .*reshape") as caught:
        look(path)
    assert "\n" not in str(caught.value)


def test_missing_empty_and_other_files(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    assert "does not exist" in refusal(path)
    path.write_bytes(b"")
    assert "is no ONNX model" in refusal(path)
    path.write_bytes(b"PK\x03\x04 something else")
    assert "is truncated or no ONNX file" in refusal(path)


def test_nothing_outside_of_the_file_is_read(model: Any, tmp_path: Path) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    assert "is stored in another file" in refusal(path)


def test_a_huge_shape_is_refused_before_it_is_made(model: Any, tmp_path: Path) -> None:
    model.graph.initializer[0].dims[:] = [10**6, 10**6]
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    assert "MB of content" in refusal(path)


def test_a_constant_that_grows_is_refused(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([10**5, 10**5], np.int64), "shape")
    node = helper.make_node("ConstantOfShape", ["shape"], ["y"], name="many")
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    path = tmp_path / "net.onnx"
    onnx.save(helper.make_model(helper.make_graph([node], "net", [], [output], [shape])), path)
    with pytest.raises(UnsupportedModelError, match="makes a constant of 80,000 MB"):
        frontends.read(path)


def test_control_flow_and_functions_are_refused(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    inner = onnx.GraphProto()
    inner.CopyFrom(model.graph)
    model.graph.node[0].attribute.append(helper.make_attribute("body", inner))
    path.write_bytes(model.SerializeToString())
    assert "holds a graph" in refusal(path)
    other = drawn(0)
    other.functions.add(name="f", domain="own")
    path.write_bytes(other.SerializeToString())
    assert "holds functions" in refusal(path)


def test_names_that_nobody_makes(model: Any, tmp_path: Path) -> None:
    model.graph.node[-1].input[0] = "nowhere"
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    assert "takes 'nowhere', which nobody makes" in refusal(path)


def test_the_published_tfc_equals_its_executor(shared: Path) -> None:
    path = shared / "models" / "qonnx_tfc_1w2a.onnx"
    graph = trigforge.read(path)
    for seed in range(20):
        x = np.round(np.random.default_rng(seed).random((1, 1, 28, 28)) * 255).astype(np.float32) / np.float32(255)
        found = run(graph, {graph.inputs[0].name: graph.inputs[0].encode(x)}).outputs[graph.outputs[0]]
        values = np.ldexp(found.astype(np.float64), graph.tensors[graph.outputs[0]].hull.lsb)
        assert np.array_equal(values, executed(onnx.load(path), x, "0").astype(np.float64))
