"""The text form: parses back, is deterministic, is pinned by an example, and refuses by line."""

from dataclasses import replace
from textwrap import dedent

import numpy as np
import pytest

from tests.agreement import generator
from tests.graph.strategies import random_graph
from trigforge.errors import GraphError, GraphFormatError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Overflow, Rounding
from trigforge.graph import (
    Body,
    Constant,
    Dense,
    FixedPointGraph,
    GraphInput,
    InputEncoding,
    InputKind,
    Lookup,
    Map,
    Mul,
    NanPolicy,
    Node,
    Relu,
    Requantize,
    Table,
    parse_graph,
    print_graph,
)

AP_8_3 = FixedTypes.uniform(FixedType(8, 3, True))
TAGGER = FixedPointGraph(
    name="tagger",
    version=2,
    inputs=(
        GraphInput("x", (4, 3), AP_8_3),
        GraphInput(
            "scale",
            (3,),
            FixedTypes.of([0, 1, 1], [3, 4, 0], [2, 2, 2]),
            InputEncoding(scale=FixedArray.of(3, -2), nan_policy=NanPolicy.ZERO),
            InputKind.REGISTER,
        ),
    ),
    nodes=(
        Node("scaled", Mul(), ("x", "scale")),
        Node(
            "hidden",
            Map.along(
                0,
                Body(
                    ("particle",),
                    (
                        Node("dense", Dense(FixedArray.of([[1, -2], [0, 3], [5, 1]], -1)), ("particle",)),
                        Node("relu", Relu(), ("dense",)),
                    ),
                    ("relu",),
                ),
            ),
            ("scaled",),
        ),
        Node("hidden.iq", Requantize(FixedTypes.of(0, [3, 4], 3), Rounding.RND, Overflow.SAT), ("hidden",)),
        Node("lut", Lookup((Table(0, -1, FixedArray.of(np.arange(16) % 5, -2)),), Integers(0)), ("hidden.iq",)),
    ),
    outputs=("lut", "hidden.iq"),
)
TEXT = dedent(
    """\
    graph tagger version 2

    input %x: ap_fixed<8,3>[4,3] {shape = [4, 3], types = ap_fixed<8,3>}
    input %scale: ap_fixed<5,3>[3] {
      shape = [3],
      types = types[3] (ap_ufixed<3,2> ap_fixed<4,2> ap_ufixed<0,0>),
      encoding = {scale = fixed[] lsb -2 (3), nan_policy = ZERO},
      kind = REGISTER
    }

    %scaled: ap_fixed<12,5>[4,3] = Mul(%x, %scale)
    %hidden: ap_ufixed<13,5>[4,2] = Map(%scaled) {cuts = [0], axis = 0} each (%particle: ap_fixed<12,5>[3]) {
      %dense: ap_fixed<14,6>[2] = Dense(%particle) {weight = fixed[3,2] lsb -1 (1 -2 0 3 5 1)}
      %relu: ap_ufixed<13,5>[2] = Relu(%dense)
      output %relu
    }
    %hidden.iq: ap_ufixed<4,3>[4,2] = Requantize(%hidden) {
      types = types[2] (ap_ufixed<3,3> ap_ufixed<4,3>),
      rounding = RND,
      overflow = SAT
    }
    %lut: ap_ufixed<3,1>[4,2] = Lookup(%hidden.iq) {
      tables = [{first = 0, lsb = -1, values = fixed[16] lsb -2 (0 1 2 3 4 0 1 2 3 4 0 1 2 3 4 0)}],
      index = integers[] (0)
    }

    output %lut
    output %hidden.iq
    """
)


def test_the_text_of_an_example() -> None:
    assert print_graph(TAGGER) == TEXT
    assert parse_graph(TEXT) == TAGGER


def test_the_digest_of_an_example() -> None:
    """It may change with the text form and with the interval rules, and with nothing else."""
    assert TAGGER.digest == "5d50a31ab9d8dcbabf1d5fb2e98b017adb8610087caf073fda31f94c9026352c"
    assert replace(TAGGER, version=3).digest != TAGGER.digest


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_parse_back(seed: int) -> None:
    graph = random_graph(seed)
    text = print_graph(graph)
    assert parse_graph(text) == graph
    assert print_graph(parse_graph(text)) == text
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.parametrize("number", range(0, 300, 25))
def test_graphs_of_the_fuzz_generator_parse_back(number: int) -> None:
    graph = generator.random_graph(number)
    assert parse_graph(print_graph(graph)) == graph
    assert parse_graph(print_graph(graph)).digest == graph.digest


def test_long_arrays_wrap_by_rows() -> None:
    weight = FixedArray.of(np.arange(-96, 96).reshape(2, 96))
    text = print_graph(FixedPointGraph("wide", 0, (), (Node("c", Constant(weight), ()),), ("c",)))
    lines = text.splitlines()
    assert lines[2:4] == ["", "%c: ap_fixed<8,8>[2,96] = Constant() {"]
    assert lines[4] == "  value = fixed[2,96] ("
    assert lines[5].startswith("    -96 -95 -94")
    assert [line for line in lines if line.startswith("    0 1 2 3")]
    assert max(len(line) for line in lines) <= 120
    assert parse_graph(text).nodes[0].op == Constant(weight)


def test_integers_of_any_length_and_names_of_any_kind() -> None:
    value = FixedArray.of(np.array([2**200 + 1, -(3**99)], dtype=object), -150)
    graph = FixedPointGraph("0 strange % name", 1, (), (Node('a "b" # \n%c', Constant(value), ()),), ('a "b" # \n%c',))
    assert parse_graph(print_graph(graph)) == graph


def test_types_after_a_colon_may_be_left_out_and_comments_written() -> None:
    text = """
    graph tiny version 1   # by hand
    input %x {shape = [2], types = ap_fixed<8,3>}
    %y = Dense(%x) {   # one output
      weight = fixed[2,1] lsb -1 (1 -1)
    }
    output %y
    """
    weight = FixedArray.of([[1], [-1]], -1)
    expected = FixedPointGraph("tiny", 1, (GraphInput("x", (2,), AP_8_3),), (Node("y", Dense(weight), ("x",)),), ("y",))
    assert parse_graph(text) == expected


def test_a_graph_that_contradicts_itself_has_no_text() -> None:
    graph = FixedPointGraph("g", 1, (), (Node("y", Relu(), ("x",)),), ("y",))
    with pytest.raises(GraphError, match=r"^node 'y': operand 'x' is not defined before it; reorder the nodes$"):
        print_graph(graph)


WRONG = {
    "an empty text": ("", "", "line 1: expected 'graph', found the end"),
    "another text": ("graph tagger", "# a text\nmodule tagger", "line 2: expected 'graph', found 'module'"),
    "no version": (" version 2", "", "line 3: expected 'version', found 'input'"),
    "a wrong version": ("version 2", "version two", "line 1: expected an integer, found 'two'"),
    "a wrong hull": (
        "%scaled: ap_fixed<12,5>",
        "%scaled: ap_fixed<13,5>",
        "line 11: %scaled is said to be ap_fixed<13,5>[4,3], but is ap_fixed<12,5>[4,3]; "
        "leave the type out, it is derived",
    ),
    "a wrong shape": (
        "%x: ap_fixed<8,3>[4,3]",
        "%x: ap_fixed<8,3>[4,4]",
        "line 3: %x is said to be ap_fixed<8,3>[4,4], but is ap_fixed<8,3>[4,3]; leave the type out, it is derived",
    ),
    "a wrong type in a body": (
        "%relu: ap_ufixed<13,5>[2]",
        "%relu: ap_ufixed<12,5>[2]",
        "line 14: %relu is said to be ap_ufixed<12,5>[2], but is ap_ufixed<13,5>[2]; leave the type out, it is derived",
    ),
    "a wrong type of a body's input": (
        "%particle: ap_fixed<12,5>[3]",
        "%particle: ap_fixed<12,6>[3]",
        "line 12: %particle is said to be ap_fixed<12,6>[3], but is ap_fixed<12,5>[3]; "
        "leave the type out, it is derived",
    ),
    "an unknown op": (
        "Relu(%dense)",
        "ReLU(%dense)",
        "line 14: node 'relu': unknown op 'ReLU'; known are Constant, Dense, EinsumDense, Conv1D, Conv2D, Einsum, Add, "
        "Sub, Mul, Maximum, Minimum, Sum, Max, Min, Select, Relu, Lookup, Shift, LeadingOne, ShiftBy, Reshape, "
        "Transpose, Slice, Concat, Gather, Requantize, Map",
    ),
    "an unknown key": (
        "{weight = fixed[3,2]",
        "{wieght = fixed[3,2]",
        "line 13: node 'dense': unknown key 'wieght' of Dense; known are weight, bias",
    ),
    "a missing key": ("rounding = RND,", "", "line 17: node 'hidden.iq': key 'rounding' of Requantize is missing"),
    "a key twice": ("rounding = RND,", "rounding = RND, rounding = RND,", "line 19: key 'rounding' stands twice"),
    "an unknown mode": (
        "overflow = SAT\n",
        "overflow = SATURATE\n",
        "line 17: node 'hidden.iq', key 'overflow': expected one of WRAP, SAT, SAT_ZERO, SAT_SYM, found 'SATURATE'",
    ),
    "a wrong kind": (
        "weight = fixed[3,2] lsb -1 (1 -2 0 3 5 1)",
        "weight = integers[3,2] (1 -2 0 3 5 1)",
        "line 13: node 'dense', key 'weight': expected FixedArray, found Integers",
    ),
    "too few numbers": ("(1 -2 0 3 5 1)", "(1 -2 0 3 5)", "line 13: fixed[3,2] needs 6 entries, found 5"),
    "no number": ("(1 -2 0 3 5 1)", "(1 -2 0.5 3 5 1)", "line 13: '0.5' is no integer"),
    "no type": (
        "ap_fixed<4,2> ap_ufixed<0,0>",
        "ap_fixed<4,2> x",
        "line 6: 'x' is not of the form ap_fixed<W,I> or ap_ufixed<W,I>",
    ),
    "no closing bracket": (
        TEXT[TEXT.index(" 4 0)}],") :],
        "",
        "line 23: fixed[16] needs 16 entries, found no closing bracket",
    ),
    "an undefined operand": (
        "Mul(%x, %scale)",
        "Mul(%x, %weights)",
        "line 11: node 'scaled': operand 'weights' is not defined before it; reorder the nodes",
    ),
    "shapes that do not fit": (
        "fixed[3,2] lsb -1 (1 -2 0 3 5 1)",
        "fixed[2,3] lsb -1 (1 -2 0 3 5 1)",
        "line 12: node 'hidden' (Map): node 'dense' (Dense): input [3] and weight [2, 3] do not fit",
    ),
    "a node after the outputs": (
        "output %hidden.iq\n",
        "output %hidden.iq\n%late = Relu(%x)\n",
        "line 29: expected 'output' or the end, found '%late'",
    ),
    "an undefined output": ("output %lut", "output %lutt", "line 27: output 'lutt' is not a tensor of the graph"),
    "no output": (TEXT[TEXT.index("\noutput %lut") :], "", "line 26: expected 'output', found the end"),
    "a comma too many": ("Mul(%x, %scale)", "Mul(%x, %scale,)", "line 11: expected '%', found ')'"),
    "a torn text": (TEXT[TEXT.index("  output %relu") :], "", "line 15: expected 'output', found the end"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_malformed_text_is_refused_by_its_line(fault: str) -> None:
    old, new, message = WRONG[fault]
    text = TEXT.replace(old, new, 1) if old else ""
    assert text != TEXT
    with pytest.raises(GraphFormatError) as error:
        parse_graph(text)
    assert str(error.value) == message


@pytest.mark.parametrize("length", range(0, TEXT.index("%lut\n"), 7))
def test_a_text_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(GraphFormatError, match=r"^line \d+: [^\n]+$"):
        parse_graph(TEXT[:length])
