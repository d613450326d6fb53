"""Random models of both formats, equal to the packages of their format on 1,000 events that reach rails and ties."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from tests.frontends.qonnx.drawing import drawn
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends import qonnx
from trigforge.passes import optimize

MODELS, PARTS = 132, 12
TRUE_REASONS = re.compile(r"takes \d+ different values, more than|tells float32 numbers .* apart")


@pytest.mark.parametrize("part", range(PARTS))
def test_graphs_equal_their_models(part: int) -> None:
    refused: list[str] = []
    for seed in range(part, MODELS, PARTS):
        try:
            reading = qonnx.read(drawn(seed))
        except UnsupportedModelError as error:
            refused.append(str(error))
            continue
        assert reading.model is not None
        compare_with_framework(reading.graph, optimize(reading.graph), reading.model)
    assert len(refused) <= 3
    assert all(TRUE_REASONS.search(reason) for reason in refused), refused


def executed(model: Any, x: Any, name: str = "x") -> Any:
    """The first output of a model by the executor of the package qonnx, node by node through onnxruntime."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = len(x)
    wrapped = ModelWrapper(model).transform(InferShapes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shapes that the file names for one event
        return next(iter(execute_onnx(wrapped, {name: x.astype(np.float32)}).values()))


def test_graphs_of_binary_scales_equal_the_executor_of_qonnx() -> None:
    checked = 0
    for seed in range(200, 400):
        model = drawn(seed, qcdq=False, binary=True)
        if any(node.op_type in ("BatchNormalization", "AveragePool") for node in model.graph.node):
            continue  # onnxruntime rounds inside of them
        try:
            graph = qonnx.read(model).graph
        except UnsupportedModelError:
            continue
        x = np.random.default_rng(seed).normal(0, 1, (1000, *graph.inputs[0].shape)).astype(np.float32)
        found = run(graph, {"x": graph.inputs[0].encode(x)}).outputs[graph.outputs[0]]
        values = np.ldexp(found.astype(np.float64), graph.tensors[graph.outputs[0]].hull.lsb)
        assert np.array_equal(values, executed(model, x).astype(np.float64)), seed
        checked += 1
        if checked == 25:
            return
    raise AssertionError(f"only {checked} models were read")
