"""Inputs that arrive row by row: their part of the design file, and what a graph refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigforge.design import (
    Arrival,
    DesignPoint,
    InputDesign,
    check_layers,
    load_design,
    rows_a_cycle,
)
from trigforge.errors import DesignError
from trigforge.fixed import FixedTypes
from trigforge.graph import FixedPointGraph, GraphInput, InputKind, Node, Relu

SAME, MIXED = FixedTypes.of(1, 4, 2), FixedTypes.of(1, [[4], [4], [5]], 2)
GRAPH = FixedPointGraph(
    "small",
    1,
    (
        GraphInput("tracks", (5, 2), SAME),
        GraphInput("vertex", (), SAME),
        GraphInput("cells", (3, 2), MIXED),
        GraphInput("weights", (4,), SAME, kind=InputKind.REGISTER),
    ),
    (Node("y", Relu(), ("tracks",)),),
    ("y",),
)


def design(**inputs: InputDesign) -> DesignPoint:
    return DesignPoint(inputs=inputs)


def test_inputs_of_a_design_file(tmp_path: Path) -> None:
    file = tmp_path / "design.toml"
    file.write_text('[inputs.tracks]\narrival = "serial"\nper_cycle = 2\n[inputs."b.c"]\narrival = "parallel"\n')
    point = load_design(file).point
    assert point == design(**{"tracks": InputDesign(Arrival.SERIAL, 2), "b.c": InputDesign()})
    assert point.shares_instances and not DesignPoint().shares_instances


def test_a_name_with_a_dot_needs_no_quotes(tmp_path: Path) -> None:
    """Exporters of ONNX name inputs so, and a scan varies keys as they are written."""
    file = tmp_path / "design.toml"
    file.write_text('[inputs.input.1]\narrival = "serial"\n')
    assert load_design(file).point == design(**{"input.1": InputDesign(Arrival.SERIAL)})


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "design.toml"
    file.write_text(
        "per_cycle = 1\ninstances = 2\n"
        '[inputs]\narrival = "serial"\n[inputs.a]\narrival = "serial"\nper_cycle = 0\n[inputs.b]\nper_cycle = 2\n'
        '[inputs.c]\narrival = "sereal"\npercycle = 1\n'
    )
    with pytest.raises(DesignError) as caught:
        load_design(file)
    told = str(caught.value)
    for sentence in (
        "per_cycle belongs into a table [inputs.NAME]; write it below that line",
        "instances belongs into a table [layers.NAME]; write it below that line",
        "arrival = 'serial' is no table; write the arrival of an input below a line [inputs.arrival]",
        "per_cycle = 0; at least 1 row comes in a clock cycle",
        'per_cycle = 2 counts rows of a serial input a clock cycle; add arrival = "serial"',
        "nearest is 'SERIAL'",
        "unknown key 'percycle'; nearest is 'per_cycle'",
    ):
        assert sentence in told


def test_rows_a_cycle_of_inputs_that_do_not_come_at_once() -> None:
    all_at_once = design(tracks=InputDesign(Arrival.SERIAL, 5), vertex=InputDesign())
    assert rows_a_cycle(GRAPH, all_at_once) == {}
    assert rows_a_cycle(GRAPH, design(tracks=InputDesign(Arrival.SERIAL))) == {"tracks": 1}
    check_layers(GRAPH, design(cells=InputDesign(Arrival.SERIAL, 3)))


def test_what_cannot_arrive_row_by_row_is_refused_all_at_once() -> None:
    serial = InputDesign(Arrival.SERIAL)
    wrong = design(track=serial, tracks=InputDesign(Arrival.SERIAL, 6), vertex=serial, cells=serial, weights=serial)
    with pytest.raises(DesignError) as caught:
        check_layers(GRAPH, wrong)
    assert caught.value.args == (
        "input 'track' is not in the model; nearest is 'tracks'",
        "input 'tracks' has 5 rows; per_cycle = 6 is too many, give at most 5",
        "input 'vertex' is a single number and has no rows to arrive one by one; remove [inputs.vertex]",
        "row 2 of input 'cells' has other types than row 0, which comes on the same wires; give all rows the same "
        "types, or let it arrive in parallel",
        "input 'weights' is a register, which is held steady and does not arrive; remove [inputs.weights]",
    )
