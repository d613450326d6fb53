"""Brevitas modules: equal to torch on the events of every reading, named after their layers, or refused."""

from __future__ import annotations

from pathlib import Path

import brevitas.nn as qnn
import numpy as np
import pytest
import torch
from brevitas.quant import Int8ActPerTensorFixedPoint, Int8WeightPerTensorFixedPoint, Uint8ActPerTensorFixedPoint
from torch import nn

import trigforge
from tests.frontends.brevitas.drawing import drawn
from trigforge.emulator import run
from trigforge.errors import ModelFileError, UnsupportedModelError
from trigforge.flow.builder import verify
from trigforge.flow.workspace import resolve
from trigforge.graph import Dense, Slice

WEIGHT = {"weight_quant": Int8WeightPerTensorFixedPoint, "weight_bit_width": 4}


class Sliced(nn.Module):
    """Slices, a residual and an op of its own between layers."""

    def __init__(self) -> None:
        super().__init__()
        self.start = qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, bit_width=6)
        self.block = nn.Sequential(
            qnn.QuantLinear(6, 6, bias=False, **WEIGHT),
            qnn.QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, bit_width=5),
        )
        self.again = qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, bit_width=6)
        self.logits = qnn.QuantLinear(3, 2, bias=False, **WEIGHT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two logits."""
        x = self.start(x)
        x = self.again(self.block(x) + x)
        return self.logits(x[:, 1:4] - x[:, 3:])


@pytest.fixture(scope="module")
def sliced() -> nn.Module:
    torch.manual_seed(1)
    module = Sliced().train()
    for _ in range(4):
        module(torch.randn(64, 6))
    return module.eval()


@pytest.mark.parametrize("seed", range(100))
def test_random_modules_are_equal(seed: int) -> None:
    """``read`` compares 1,000 events that reach rails and ties."""
    module, shape = drawn(seed)
    graph = trigforge.read(module, shapes=[shape])
    assert graph.outputs


def test_no_slice_is_lost_and_layers_keep_their_names(sliced: nn.Module) -> None:
    graph = trigforge.read(sliced, shapes=[(6,)])
    assert graph.name == "sliced"
    assert sum(isinstance(node.op, Slice) for node in graph.nodes) == 2
    assert {layer.name.partition("_")[0] for layer in graph.layers} >= {
        "start",
        "block.0",
        "block.1",
        "again",
        "logits",
    }
    dense = [node.layers[0] for node in graph.nodes if isinstance(node.op, Dense)]
    assert [name.partition("_")[0] for name in dense] == ["block.0", "logits"]
    x = np.random.default_rng(2).normal(size=(500, 6))
    (tensor,) = graph.inputs
    (name,) = graph.outputs
    found = run(graph, {tensor.name: tensor.encode(x)}).outputs[name]
    expected = sliced.double()(torch.tensor(x)).detach().numpy()
    assert np.array_equal(np.ldexp(found.astype(float), graph.tensors[name].hull.lsb), expected)


def test_a_module_in_training_is_read_as_it_infers(sliced: nn.Module) -> None:
    before = {name: tensor.clone() for name, tensor in sliced.state_dict().items()}
    sliced.train()
    trigforge.read(sliced.float(), shapes=[(6,)])
    assert sliced.training
    assert all(torch.equal(tensor, before[name].to(tensor.dtype)) for name, tensor in sliced.state_dict().items())


def _plain_linear() -> nn.Linear:
    """A layer without quantizers, whose weights are not short by chance."""
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.mark.parametrize(
    ("module", "shapes", "message"),
    [
        (nn.Linear(3, 2), None, "does not know the shapes of its inputs"),
        (nn.Linear(3, 2), [(4,)], "the torch module Linear cannot be exported by torch"),
        (_plain_linear(), [(3,)], r"has weights of \d+ bits; put a quantizer behind them"),
    ],
)
def test_what_cannot_be_read_is_refused(module: nn.Module, shapes: list[tuple[int]] | None, message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message) as error:
        trigforge.read(module, shapes=shapes)
    assert "Traceback" not in str(error.value)


class Joined(nn.Module):
    """Two branches, joined by Brevitas' own layer."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.join = qnn.QuantIdentity(return_quant_tensor=True), qnn.QuantCat()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.start(x)
        return self.join([found, found], dim=-1)


def test_a_join_that_brevitas_cannot_run_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedModelError, match=r"its layer 'join' is a QuantCat.*join with torch\.cat"):
        trigforge.read(Joined(), shapes=[(4,)])


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt"])
def test_a_pickle_is_refused_with_the_way_to_export_it(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"anything")
    with pytest.raises(ModelFileError, match="can run code when it is opened; load it yourself"):
        trigforge.read(path)
    with pytest.raises(ModelFileError, match=r"torch\.export\.save"):
        resolve(str(path))


def test_a_softmax_at_the_end_is_left_out(sliced: nn.Module) -> None:
    graph = trigforge.read(nn.Sequential(sliced.float().eval(), nn.Softmax(1)), shapes=[(6,)])
    assert [layer.left_out for layer in graph.layers if layer.left_out] == ["Softmax"]


def test_recurrent_layers_are_refused_as_what_they_are() -> None:
    with pytest.raises(UnsupportedModelError, match="as recurrent layers do; leave them out"):
        trigforge.read(qnn.QuantLSTM(3, 4), shapes=[(4, 3)])


@pytest.mark.parametrize("seed", [1, 4])
def test_every_simulator_agrees(seed: int, tmp_path: Path) -> None:
    module, shape = drawn(seed)
    graph = trigforge.read(module, shapes=[shape])
    found = verify(graph, out=tmp_path / "out")
    assert {"csim", "RTL"} <= {entry.simulator for entry in found}
    assert not any(entry.mismatches for entry in found)


@pytest.mark.parametrize("seed", range(0, 48, 4))
def test_archives_are_read_as_their_modules(seed: int, tmp_path: Path) -> None:
    """``torch.export`` leaves plain operators of torch in place of Brevitas' quantizers."""
    module, shape = drawn(seed)
    archive = tmp_path / "model.pt2"
    events = torch.zeros(1 + seed % 3, *shape)
    torch.export.save(torch.export.export(module.eval(), (events,)), archive)
    found, expected = trigforge.read(archive), trigforge.read(module, shapes=[shape])
    x = np.random.default_rng(seed).normal(size=(500, *shape)) * 3
    values = []
    for graph in (found, expected):
        (tensor,), (name,) = graph.inputs, graph.outputs
        outputs = run(graph, {tensor.name: tensor.encode(x)}).outputs[name]
        values.append(np.ldexp(outputs.astype(float), graph.tensors[name].hull.lsb))
    assert np.array_equal(*values)
