"""Pattern files: what stands in a line, reading them back, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.errors import EventsError
from trigforge.export import read_patterns, write_patterns
from trigforge.graph.simulation import Mantissas
from trigforge.project import RtlPort

X = RtlPort("x_in", "x", (2,), 6, True)
Y = RtlPort("y_out", "y", (2,), 5, False)
INPUTS = {"x": np.array([[1, -1], [-32, 31], [0, 0]])}
OUTPUTS = {"y": np.array([[3, 17], [31, 31], [0, 1]])}


def _write(folder: Path, inputs: dict[str, Mantissas] = INPUTS, outputs: dict[str, Mantissas] = OUTPUTS) -> None:
    write_patterns(folder, SMALL, ((X,), (Y,)), inputs, outputs, 3)


def test_a_line_holds_an_event_first_element_lowest(tmp_path: Path) -> None:
    _write(tmp_path)
    assert (tmp_path / "inputs.hex").read_text() == "fc1\n7e0\n000\n"
    assert (tmp_path / "outputs.hex").read_text() == "223\n3ff\n020\n"
    description = json.loads((tmp_path / "patterns.json").read_text())
    assert description["graph_digest"] == SMALL.digest
    assert description["events"] == 3
    assert description["initiation_interval"] == 3
    assert description["inputs"] == [
        {
            "name": "x_in",
            "tensor": "x",
            "first_bit": 0,
            "shape": [2],
            "width": 6,
            "signed": True,
            "register": False,
            "rows_a_cycle": None,
            "lsb": -2,
        }
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs.hex", "outputs.hex", "patterns.json"]


def test_a_line_holds_the_whole_event_of_an_input_that_arrives_row_by_row(tmp_path: Path) -> None:
    write_patterns(tmp_path, SMALL, ((replace(X, rows_a_cycle=1),), (Y,)), INPUTS, OUTPUTS, 3)
    (described,) = json.loads((tmp_path / "patterns.json").read_text())["inputs"]
    assert (described["shape"], described["rows_a_cycle"]) == ([2], 1)
    assert (tmp_path / "inputs.hex").read_text() == "fc1\n7e0\n000\n"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    ports = (
        RtlPort("a", "x", (5,), 13, True),
        RtlPort("b", "dense", (2, 3), 7, False),
        RtlPort("c", "relu", (), 64, True, register=True),
        RtlPort("d", "y", (1,), 1, False),
    )
    inputs = {
        "x": random.integers(-4096, 4096, (5000, 5)),
        "dense": random.integers(0, 128, (5000, 2, 3)),
        "relu": np.array([-(2**63)]),
        "y": random.integers(0, 2, (5000, 1)),
    }
    outputs = {"x": inputs["x"][:, ::-1].copy()}
    write_patterns(tmp_path, SMALL, (ports, ports[:1]), inputs, outputs)
    lines = (tmp_path / "inputs.hex").read_text().splitlines()
    assert {len(line) for line in lines} == {-(-(5 * 13 + 6 * 7 + 64 + 1) // 4)}
    patterns = read_patterns(tmp_path)
    for tensor in ("x", "dense", "y"):
        assert np.array_equal(patterns.inputs[tensor], inputs[tensor])
    assert np.array_equal(patterns.inputs["relu"], np.full(5000, -(2**63)))
    assert np.array_equal(patterns.outputs["x"], outputs["x"])
    assert (patterns.graph, patterns.graph_digest, patterns.lsb["x"]) == ("small", SMALL.digest, -2)
    assert patterns.initiation_interval is None
    write_patterns(tmp_path, SMALL, (ports, ports[:1]), inputs, outputs, 16)
    assert read_patterns(tmp_path).initiation_interval == 16


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ({}, OUTPUTS, "there are no events; give at least one"),
        (INPUTS, {}, "there are no values for 'y', found []; give it too"),
        (
            INPUTS,
            {"y": np.zeros((2, 2), np.int64)},
            "'y': expected int64 mantissas of shape [3, 2], found int64 of shape [2, 2]; "
            "encode host values with GraphInput.encode",
        ),
        (
            INPUTS,
            {"y": np.zeros((3, 2))},
            "'y': expected int64 mantissas of shape [3, 2], found float64 of shape [3, 2]; "
            "encode host values with GraphInput.encode",
        ),
        (
            {"x": np.array([[0, 32]])},
            OUTPUTS,
            "'x': mantissas from 0 to 32 do not fit its port, which takes -32 to 31; "
            "encode host values with GraphInput.encode",
        ),
    ],
)
def test_values_that_do_not_fit_are_refused_and_nothing_is_written(
    tmp_path: Path, inputs: dict[str, Mantissas], outputs: dict[str, Mantissas], message: str
) -> None:
    with pytest.raises(EventsError) as error:
        _write(tmp_path / "patterns", inputs, outputs)
    assert str(error.value) == message
    assert not (tmp_path / "patterns").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "patterns").write_text("in the way")
    with pytest.raises(EventsError) as error:
        _write(tmp_path / "patterns")
    assert str(error.value) == (
        f"pattern folder {tmp_path / 'patterns'}: File exists; make it writable or choose another"
    )


def test_a_set_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EventsError) as error:
        read_patterns(tmp_path)
    assert str(error.value) == f"pattern folder {tmp_path}: No such file or directory: patterns.json; write it anew"
    _write(tmp_path)
    (tmp_path / "outputs.hex").write_text("223\n")
    with pytest.raises(EventsError) as error:
        read_patterns(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / 'outputs.hex'} is not what patterns.json describes; write the patterns anew"
    )
    (tmp_path / "patterns.json").write_text('{"version": 2}')
    with pytest.raises(EventsError) as error:
        read_patterns(tmp_path)
    assert str(error.value) == f"{tmp_path / 'patterns.json'} is of version 2, this trigforge reads 1; write it anew"
    (tmp_path / "patterns.json").write_text("[]")
    with pytest.raises(EventsError) as error:
        read_patterns(tmp_path)
    assert str(error.value) == f"{tmp_path / 'patterns.json'} describes no patterns; write them anew"
