"""The codec: everything there and back, nothing but the known form."""

import re
from typing import Any

import pytest

from tests.graph.strategies import MAKERS, random_case, random_graph
from tests.graph.test_text import TAGGER
from trigforge.errors import GraphFormatError
from trigforge.fixed import FixedArray, Integers
from trigforge.graph import (
    Add,
    Body,
    Conv2D,
    Dense,
    FixedPointGraph,
    GraphInput,
    InputEncoding,
    Map,
    Node,
    Relu,
    from_plain,
    to_plain,
)

WEIGHT = FixedArray.of([[1]])


@pytest.mark.parametrize("name", MAKERS)
def test_every_op_there_and_back(name: str) -> None:
    for seed in range(5):
        node = Node("n", random_case(name, seed)[0], ("a",))
        assert from_plain(Node, to_plain(node)) == node


@pytest.mark.parametrize("seed", range(10))
def test_graphs_there_and_back(seed: int) -> None:
    graph = random_graph(seed)
    assert from_plain(FixedPointGraph, to_plain(graph)) == graph


def test_plain_data_names_the_op_and_leaves_out_defaults() -> None:
    assert to_plain(Node("n", Dense(WEIGHT), ("x",))) == {
        "name": "n",
        "op": {"op": "Dense", "weight": WEIGHT},
        "operands": ["x"],
    }
    assert to_plain(Conv2D(WEIGHT, stride=(1, 2))) == {"op": "Conv2D", "weight": WEIGHT, "stride": [1, 2]}
    assert to_plain(InputEncoding()) == {}


def test_bodies_and_encodings_there_and_back() -> None:
    body = Body(("a",), (Node("r", Relu(), ("a",)),), ("r",))
    assert from_plain(Body, to_plain(body)) == body
    assert from_plain(Map, {"body": to_plain(body), "cuts": [0], "axis": 0}) == Map.along(0, body)
    assert from_plain(GraphInput, to_plain(TAGGER.inputs[1])) == TAGGER.inputs[1]


def node(op: object, **changes: Any) -> dict[str, Any]:
    return {"name": "n", "op": op, "operands": ["x"]} | changes


WRONG: dict[str, tuple[type, object, str]] = {
    "no table": (Node, [], "graph: expected the fields of Node, found list"),
    "no op": (Node, node({}), "node 'n', key 'op': expected an op, found dict"),
    "an op that is no table": (Node, node("Relu"), "node 'n', key 'op': expected an op, found 'Relu'"),
    "an unknown op": (
        Node,
        node({"op": 3}),
        "node 'n': unknown op 3; known are Constant, Dense, EinsumDense, Conv1D, "
        "Conv2D, Einsum, Add, Sub, Mul, Maximum, Minimum, Sum, Max, Min, Select, Relu, Lookup, Shift, "
        "LeadingOne, ShiftBy, Reshape, Transpose, Slice, Concat, Gather, Requantize, Map",
    ),
    "an extra key": (
        Node,
        node({"op": "Relu"}, type="ReLU"),
        "node 'n': unknown key 'type' of Node; known are name, op, operands, layers",
    ),
    "an extra key of an op without any": (
        Node,
        node({"op": "Relu", "axis": 1}),
        "node 'n': unknown key 'axis' of Relu; known are none",
    ),
    "a missing key": (Node, {"name": "n", "op": {"op": "Relu"}}, "node 'n': key 'operands' of Node is missing"),
    "a missing key of an op": (Node, node({"op": "Dense"}), "node 'n': key 'weight' of Dense is missing"),
    "no name": (Node, {"op": {"op": "Relu"}, "operands": []}, "graph: key 'name' of Node is missing"),
    "a float": (Node, node({"op": "Concat", "axis": 1.0}), "node 'n', key 'axis': expected an integer, found 1.0"),
    "a boolean": (Node, node({"op": "Concat", "axis": True}), "node 'n', key 'axis': expected an integer, found True"),
    "a string in a list": (
        Node,
        node({"op": "Sum", "axes": [0, "1"]}),
        "node 'n', key 'axes.1': expected an integer, found '1'",
    ),
    "no list": (Node, node({"op": "Sum", "axes": 0}), "node 'n', key 'axes': expected a list, found 0"),
    "a list of the wrong length": (
        Node,
        node({"op": "Conv2D", "weight": WEIGHT, "stride": [1]}),
        "node 'n', key 'stride': expected a list of 2, found 1 entries",
    ),
    "an array for another": (
        Node,
        node({"op": "Dense", "weight": Integers([[1]])}),
        "node 'n', key 'weight': expected FixedArray, found Integers",
    ),
    "no array": (
        Node,
        node({"op": "Dense", "weight": [[1]]}),
        "node 'n', key 'weight': expected FixedArray, found list",
    ),
    "an inner key": (
        Node,
        node({"op": "Lookup", "tables": [{"first": 0, "lsb": "0", "values": WEIGHT}], "index": Integers(0)}),
        "node 'n', key 'tables.0.lsb': expected an integer, found '0'",
    ),
    "an inner node": (
        Node,
        node(
            {
                "op": "Map",
                "cuts": [0],
                "axis": 0,
                "body": {"inputs": [], "outputs": ["r"], "nodes": [{"name": "r", "op": {"op": "Sum"}, "operands": []}]},
            }
        ),
        "node 'r': key 'axes' of Sum is missing",
    ),
    "an unknown member": (
        GraphInput,
        {**to_plain(TAGGER.inputs[0]), "kind": "OFTEN"},
        "input 'x', key 'kind': expected one of EVENT, REGISTER, found 'OFTEN'",
    ),
    "a long value": (
        Node,
        node({"op": "Concat", "axis": "a" * 99}),
        f"node 'n', key 'axis': expected an integer, found '{'a' * 36}...",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_another_form_is_refused_by_node_and_key(fault: str) -> None:
    kind, data, message = WRONG[fault]
    with pytest.raises(GraphFormatError, match=f"^{re.escape(message)}$"):
        from_plain(kind, data)


def test_parts_that_are_objects_already_stay() -> None:
    inner = Node("r", Add(), ("a", "b"))
    assert from_plain(Body, {"inputs": ["a", "b"], "nodes": [inner], "outputs": ["r"]}).nodes[0] is inner
