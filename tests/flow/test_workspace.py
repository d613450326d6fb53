"""Model folders: a graph file as checkpoint keeps what its inputs are."""

from dataclasses import replace
from pathlib import Path

import pytest

import trigforge
from tests.small_graph import SMALL
from trigforge.errors import GraphError, ModelFileError, UnsupportedModelError
from trigforge.fixed import FixedArray, Overflow, Rounding
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, InputEncoding, NanPolicy, save_graph

STORED = InputEncoding(FixedArray.of(3, -2), Rounding.TRN, Overflow.WRAP, NanPolicy.ZERO)


def read(folder: Path, tables: str) -> FixedPointGraph:
    """The graph of a model folder whose checkpoint is a graph file with the encoding ``STORED``."""
    save_graph(replace(SMALL, inputs=(replace(SMALL.inputs[0], encoding=STORED),)), folder / "graph.json")
    (folder / "model.toml").write_text(f"name = 'other'\nversion = 2\ncheckpoint = 'graph.json'\n{tables}")
    return trigforge.read(folder)


@pytest.mark.parametrize(
    ("table", "encoding"),
    [
        ("", STORED),
        ("branches = ['pt', 'eta']", STORED),
        ("offset = [1, -0.5]", replace(STORED, offset=FixedArray.of([2, -1], -1))),
        ("scale = [0.5, 2.0]", replace(STORED, scale=FixedArray.of([1, 4], -1))),
        ("nan_policy = 'refuse'", replace(STORED, nan_policy=NanPolicy.REFUSE)),
    ],
)
def test_only_what_a_table_says_is_replaced(tmp_path: Path, table: str, encoding: InputEncoding) -> None:
    graph = read(tmp_path, f"[inputs.x]\n{table}\n" if table else "")
    assert graph.inputs[0].encoding == encoding
    assert (graph.name, graph.version) == ("other", 2)


def test_a_table_of_no_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=r"^the model has no input 'X'; nearest is 'x'$"):
        read(tmp_path, "[inputs.X]\nbranches = ['pt']\n")
    with pytest.raises(UnsupportedModelError, match=r"^the model has no input 'jets'; known are x$"):
        read(tmp_path, "[inputs.jets]\n")


def test_a_type_is_for_an_input_that_has_none(tmp_path: Path) -> None:
    with pytest.raises(
        UnsupportedModelError, match=r"^a type is given to the input 'x' of a graph, which has one; leave it out$"
    ):
        read(tmp_path, "[inputs.x]\ntype = 'ap_fixed<8,3>'\n")
    with pytest.raises(ModelFileError, match=r"type: 'fixed<8>' is not of the form ap_fixed<W,I>"):
        read(tmp_path, "[inputs.x]\ntype = 'fixed<8>'\n")
    with pytest.raises(ModelFileError, match=r"has the unknown mode 'UP'; write it as in \"ap_fixed<16,6>\""):
        read(tmp_path, "[inputs.x]\ntype = 'ap_fixed<8,3,UP>'\n")


def test_a_scale_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"^input 'x': shape of scale \[3\] does not broadcast to \[2\]"):
        read(tmp_path, "[inputs.x]\nscale = [1, 2, 3]\n")


def test_files_whose_names_make_one_identifier_build_into_folders_of_their_own(tmp_path: Path) -> None:
    for name, folder in (("tag-b.keras", "tag-b"), ("tag_b.keras", "tag_b"), ("2 tag.h5", "2 tag")):
        (tmp_path / name).write_bytes(b"")
        source = resolve(str(tmp_path / name))
        assert source.output(source.name or "") == Path("build") / folder
    (tmp_path / "graph.json").write_bytes(b"")
    assert resolve(str(tmp_path / "graph.json")).output("small") == Path("build/small")
