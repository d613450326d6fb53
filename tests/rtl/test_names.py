"""Identifiers: legal, distinct, and never a keyword."""

import re

from hypothesis import given
from hypothesis import strategies as st

from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Add, Multiply
from trigforge.rtl.hierarchy import Region
from trigforge.rtl.names import distinct, gate_names, identifier

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?")


@given(st.text(max_size=12))
def test_every_name_becomes_an_identifier(text: str) -> None:
    assert PLAIN.fullmatch(identifier(text))


def test_keywords_and_odd_names() -> None:
    for word in (
        "event",
        "small",
        "cell",
        "type",
        "class",
        "global",
        "module",
        "reg",
        "strong0",
        "clk",
        "probe",
        "unused",
    ):
        assert identifier(word) == f"{word}_"
    assert [identifier(name) for name in ("2jets", "a.b__c", "_x_", "", "é")] == ["x2jets", "a_b_c", "x", "x", "x"]


@given(st.lists(st.sampled_from(("a", "a_1x", "b", "a_1x_1x")), max_size=8), st.sets(st.sampled_from(("a", "b", "c"))))
def test_distinct_names_stay_distinct(names: list[str], taken: set[str]) -> None:
    made = distinct(names, taken)
    assert len({*made, *taken}) == len(names) + len(taken)
    assert all(new.startswith(name) for new, name in zip(made, names, strict=True))


def test_gates_are_named_after_their_tensors() -> None:
    circuit = Circuit(tensor="jet.pt")
    x, y = circuit.input(0, 0, 7), circuit.input(1, 0, 7)
    total = circuit.make(Add(0, 0, False), (x, y))
    circuit.tensor = "reg"
    square = circuit.make(Multiply(), (total, total))
    third = circuit.make(Add(0, 0, False), (square, x))
    region = Region("r", circuit, (), (third,), {x: ("x", 0), y: ("x.0", 1), third: ("reg", 3)})
    assert gate_names(region) == ["x_0", "x_0_1", "jet_pt_t0", "reg__t0", "reg__3"]
