"""The file form: there and back, atomic, and a one-line refusal of everything else."""

import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.graph.strategies import random_graph
from tests.graph.test_text import TAGGER
from trigforge.errors import GraphError, GraphFormatError, ProjectError
from trigforge.fixed import FixedArray
from trigforge.graph import Constant, FixedPointGraph, Node, Relu, load_graph, save_graph


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The JSON file of a saved graph."""
    path = tmp_path / "graph.json"
    save_graph(TAGGER, path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(GraphFormatError) as error:
        load_graph(path)
    message = str(error.value)
    assert "\n" not in message
    return message.replace(str(path.parent) + os.sep, "")


def test_a_graph_there_and_back(saved: Path) -> None:
    assert load_graph(saved) == TAGGER
    assert sorted(file.name for file in saved.parent.iterdir()) == ["graph.json", "graph.npz"]
    content = json.loads(saved.read_text())
    assert list(content) == ["format", "format_version", "digest", "graph"]
    assert content["digest"] == TAGGER.digest


@pytest.mark.parametrize("seed", range(15))
def test_random_graphs_there_and_back(seed: int, tmp_path: Path) -> None:
    save_graph(random_graph(seed), tmp_path / "graph.json")
    assert load_graph(tmp_path / "graph.json") == random_graph(seed)


def test_integers_beyond_64_bits_are_decimals(tmp_path: Path) -> None:
    value = FixedArray.of(np.array([[2**99 + 1, -1], [0, 5]], dtype=object), -3)
    graph = FixedPointGraph("wide", 0, (), (Node("c", Constant(value), ()),), ("c",))
    save_graph(graph, tmp_path / "wide.json")
    assert load_graph(tmp_path / "wide.json") == graph
    stored = json.loads((tmp_path / "wide.json").read_text())["graph"]["nodes"][0]["op"]["value"]
    assert stored == {"fixed": {"shape": [2, 2], "decimals": [str(2**99 + 1), "-1", "0", "5"]}, "lsb": -3}


def test_the_same_graph_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save_graph(TAGGER, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()
    assert (tmp_path / "again.npz").read_bytes() == saved.with_suffix(".npz").read_bytes()


def test_a_missing_file(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "graph.json") == "graph file graph.json: No such file or directory; give the path of a graph"
    )


def test_a_missing_npz(saved: Path) -> None:
    saved.with_suffix(".npz").unlink()
    assert refused(saved) == "graph file graph.npz: No such file or directory; give the path of a graph"


def test_a_folder(tmp_path: Path) -> None:
    assert re.search(r": Is a directory; give the path of a graph$", refused(tmp_path))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 200_000])
def test_what_is_no_json(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    assert refused(saved) == "graph file graph.json is truncated or damaged; write the graph again"


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"format": "keras"}'])
def test_another_json(saved: Path, content: str) -> None:
    saved.write_text(content)
    assert refused(saved) == "graph file graph.json is not a trigforge graph; give the graph.json of a build"


def test_a_json_cut_anywhere(saved: Path) -> None:
    text = saved.read_text()
    for length in range(0, len(text) - 2, 97):
        saved.write_text(text[:length])
        assert refused(saved) == "graph file graph.json is truncated or damaged; write the graph again"


def test_an_npz_cut_anywhere(saved: Path) -> None:
    npz = saved.with_suffix(".npz")
    content = npz.read_bytes()
    for length in range(0, len(content) - 1, 97):
        npz.write_bytes(content[:length])
        assert refused(saved) == "graph file graph.npz is truncated or damaged; write the graph again"


def test_an_npz_with_any_byte_changed_is_refused_or_changes_nothing(saved: Path) -> None:
    npz = saved.with_suffix(".npz")
    content = npz.read_bytes()
    for place in range(0, len(content), 41):
        npz.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            assert load_graph(saved) == TAGGER
        except GraphFormatError as error:
            assert "\n" not in str(error)


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def npz_of(**arrays: Any) -> Callable[[Path], None]:
    return lambda path: np.savez(path.with_suffix(".npz"), **arrays)


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a newer version": (
        edited(lambda c: c.update(format_version=3)),
        "graph file graph.json is of format 3, this trigforge reads 2; update trigforge",
    ),
    "an older version": (
        edited(lambda c: c.update(format_version=1)),
        "graph file graph.json is of format 1, this trigforge reads 2; build it again from its model",
    ),
    "no version": (
        edited(lambda c: c.pop("format_version")),
        "graph file graph.json: format_version None is no version; write the file again",
    ),
    "no graph": (
        edited(lambda c: c.pop("graph")),
        "graph file graph.json: graph: expected the fields of FixedPointGraph, found None",
    ),
    "a changed number": (
        edited(lambda c: c["graph"].update(version=3)),
        "graph file graph.json: the digest of its content is ",
    ),
    "a removed digest": (
        edited(lambda c: c.pop("digest")),
        "graph file graph.json: the digest of its content is 5d50a31ab9d8, but it says None; "
        "one of graph and graph.npz was changed, write both again",
    ),
    "an unknown op": (
        edited(lambda c: c["graph"]["nodes"][0]["op"].update(op="Conv3D")),
        "graph file graph.json: node 'scaled': unknown op 'Conv3D'; known are ",
    ),
    "an operand that is not there": (
        edited(lambda c: c["graph"]["nodes"][0].update(operands=["x", "y"])),
        "graph file graph.json: node 'scaled': operand 'y' is not defined before it; reorder the nodes",
    ),
    "an array under another name": (
        edited(lambda c: c["graph"]["nodes"][3]["op"]["index"].update(integers="array_99")),
        "graph file graph.json: array 'array_99' is not in the npz; copy both files together",
    ),
    "types of two arrays": (
        edited(lambda c: c["graph"]["inputs"][0]["types"]["types"].pop()),
        "graph file graph.json: expected the arrays of signed, width and integer_bits, found 2",
    ),
    "a scale that no machine holds": (
        edited(lambda c: c["graph"]["inputs"][1]["encoding"]["scale"].update(lsb=10**30)),
        "graph file graph.json: ",
    ),
    "an npz of floats": (
        npz_of(array_0=np.zeros(3)),
        "graph file graph.npz: array_0 holds float64, not int64; write the file again",
    ),
    "an npz that would be unpickled": (
        npz_of(array_0=np.array([{"code": "carrying"}], dtype=object)),
        "graph file graph.npz is truncated or damaged; write the graph again",
    ),
    "an npz of another graph": (
        npz_of(array_0=np.zeros(3, np.int64)),
        "graph file graph.json: array 'array_1' is not in the npz; copy both files together",
    ),
    "an array that is no npz": (
        lambda path: path.with_suffix(".npz").write_bytes(_npy()),
        "graph file graph.npz is truncated or damaged; write the graph again",
    ),
    "a zip of something else": (
        lambda path: _zip(path.with_suffix(".npz")),
        "graph file graph.npz: array_0 holds |S4, not int64; write the file again",
    ),
}


def _npy() -> bytes:
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }"
    return header.ljust(127) + b"\n" + bytes(8)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("array_0", "text")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_file_is_refused(saved: Path, fault: str) -> None:
    change, message = FAULTS[fault]
    change(saved)
    assert refused(saved).startswith(message)


def test_nothing_is_left_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r": No such file or directory; choose a folder that can be written$"):
        save_graph(TAGGER, tmp_path / "absent" / "graph.json")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_files(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ProjectError, match=r"No space left on device; choose a folder that can be written$"):
        save_graph(random_graph(1), saved)
    monkeypatch.undo()
    assert load_graph(saved) == TAGGER
    assert sorted(file.name for file in saved.parent.iterdir()) == ["graph.json", "graph.npz"]


def test_a_graph_that_contradicts_itself_is_not_saved(tmp_path: Path) -> None:
    graph = FixedPointGraph("g", 1, (), (Node("y", Relu(), ("x",)),), ("y",))
    with pytest.raises(GraphError):
        save_graph(graph, tmp_path / "graph.json")
    assert not list(tmp_path.iterdir())
