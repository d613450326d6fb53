"""Archives of ``torch.export`` are data: what would run code in them is refused, or left where it is."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import trigforge
from trigforge.errors import ModelFileError


class Ramp(nn.Module):
    """``round(4 x)`` from -8 to 7, times 3, by operators of torch alone."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One number an element."""
        return torch.clamp(torch.round(x * 4), -8, 7) * 3


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "ramp.pt2"
    torch.export.save(torch.export.export(Ramp().eval(), (torch.zeros(2, 3),)), path)
    return path


def changed(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The archive with the content of each member replaced."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(content, "w") as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
    path.write_bytes(content.getvalue())
    return path


def with_program(path: Path, change: Callable[[Any], None]) -> Path:
    """The archive with another program."""

    def one(name: str, content: bytes) -> bytes:
        if not name.endswith("models/model.json"):
            return content
        program = json.loads(content)
        change(program)
        return json.dumps(program).encode()

    return changed(path, one)


class Evil:
    """A pickle that makes a file when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_quantizers_of_plain_operators_are_read(archive: Path) -> None:
    graph = trigforge.read(archive)
    (output,) = graph.outputs
    assert graph.name == "ramp"
    assert graph.tensors[output].hull.width <= 6


def test_neither_pickles_nor_conditions_are_run(archive: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = pickle.dumps(Evil(mark))
    changed(archive, lambda name, content: evil if "sample_inputs" in name else content)
    with_program(archive, lambda program: program.update(guards_code=[f"open({str(mark)!r}, 'w')"]))
    assert trigforge.read(archive).outputs
    assert not mark.exists()


def _first_node(program: Any) -> Any:
    return program["graph_module"]["graph"]["nodes"][0]


@pytest.mark.parametrize(
    "target", ["torch.os.system", "torch.ops.load_library", "_operator.call", "#evil:x", "math.sqrt", "torch.load"]
)
def test_functions_that_are_no_operators_are_refused(archive: Path, target: str) -> None:
    with_program(archive, lambda program: _first_node(program).update(target=target))
    with pytest.raises(ModelFileError, match="more than torch's own operators on tensors, and is not opened"):
        trigforge.read(archive)


def test_expressions_are_refused(archive: Path) -> None:
    def change(program: Any) -> None:
        sizes = program["graph_module"]["graph"]["tensor_values"]["x"]["sizes"]
        sizes[0] = {"as_expr": {"expr_str": "__import__('os').getcwd()", "hint": {"as_int": 2}}}

    with_program(archive, change)
    with pytest.raises(ModelFileError, match="__import__"):
        trigforge.read(archive)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "linear.pt2"
    torch.export.save(torch.export.export(nn.Linear(3, 2).eval(), (torch.zeros(1, 3),)), path)

    def pickled(name: str, content: bytes) -> bytes:
        return content.replace(b'"use_pickle": false', b'"use_pickle": true') if name.endswith(".json") else content

    changed(path, pickled)
    with pytest.raises(ModelFileError, match="as a pickle, which can run code"):
        trigforge.read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"anything", pickle.dumps({})])
def test_damaged_archives_end_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pt2"
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as error:
        trigforge.read(path)
    assert "\n" not in str(error.value)
