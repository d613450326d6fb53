"""Liberty files: what is read of them, and one line with file and line number for each way to be damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asic.small import SMALL, library_file
from trigforge.asic import Library, read_library
from trigforge.asic.expression import parse
from trigforge.errors import LibraryError


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return read_library(library_file(tmp_path_factory.mktemp("library")))


def test_cells_units_and_roles(small: Library) -> None:
    assert [*small.cells] == ["INV", "BUF", "NAND2", "XOR2", "DFF"]
    assert small.left_out == {"LATCH": "it has a latch"}
    assert (small.name, small.voltage_V, small.temperature_C) == ("small", 2.0, 25.0)
    assert (small.nand2.name, small.buffer.name, small.flip_flop.name) == ("NAND2", "BUF", "DFF")
    assert small.cells["INV"].inputs["A"].capacitance_fF == 10 and small.cells["DFF"].leakage_nW == 4
    with pytest.raises(LibraryError, match="cell 'LATCH', which cannot be used: it has a latch"):
        small.cell("LATCH")


def test_other_units_give_the_same_numbers(small: Library, tmp_path: Path) -> None:
    other = SMALL.replace("(1, ff)", "(0.001, pf)").replace('"1ns"', '"1000ps"').replace('"1nW"', '"0.001uW"')
    again = read_library(library_file(tmp_path, other))
    table, same = (one.cells["INV"].outputs["Y"].arcs[0].delay.rise for one in (small, again))
    assert table.at(37.0, 0.4) == pytest.approx(same.at(37.0, 0.4))
    assert again.cells["DFF"].leakage_nW == pytest.approx(4)


def test_tables_between_and_beyond_their_grid(small: Library) -> None:
    """0.1 ns + 1 ps / fF + 0.2 slew, also outside; the energy's template has its axes the other way round."""
    delay = small.cells["INV"].outputs["Y"].arcs[0].delay.rise
    for load, slew in ((0, 0), (50, 0.5), (100, 1), (250, 2), (10, 0.1)):
        assert float(delay.at(load, slew)) == pytest.approx(0.1 + load / 1000 + 0.2 * slew)
    assert float(small.cells["INV"].outputs["Y"].powers[0].energy.rise.at(50.0, 0.5)) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("A B", 0b1000),
        ("A & B | !A", 0b1101),
        ("!(A ^ B)", 0b1001),
        ("A' + B'", 0b0111),
        ("(A * B)'", 0b0111),
        ("!A ^ B & A", 0b1000),
        ("A''", 0b1010),
        ("1", 0b1111),
        ("0 + B", 0b1100),
    ],
)
def test_functions(text: str, truth: int) -> None:
    assert parse(text).truth(("A", "B")) == truth


@given(st.text(alphabet="AB!'()^*&+| 01", max_size=12))
def test_a_text_is_a_function_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except LibraryError as error:
        assert "\n" not in str(error)
    else:
        pins = tuple(sorted(found.pins))[:6]
        assert len(found.pins) > 6 or 0 <= found.truth(pins) < 1 << (1 << len(pins))


DAMAGE: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text[: len(text) // 2], "the file ends in the middle of a group, it is truncated"),
    (lambda text: text.rstrip()[:-1], "the file ends in the middle of a group"),
    (lambda text: text.replace("/* four cells */", "/* four cells"), "line 1: a comment never ends"),
    (lambda text: text.replace('"1V"', '"1V'), "line "),
    (lambda text: text.replace("library (small)", "cells (small)"), "line 2: begins with 'cells'"),
    (lambda text: text.replace('"1ns"', '"1 fortnight"'), "has the time_unit '1 fortnight', which is unknown"),
    (lambda text: text.replace("(1, ff)", "(1, ounce)"), "has the capacitive_load_unit '1ounce', which is unknown"),
    (lambda text: text.replace("  capacitive_load_unit (1, ff);\n", ""), "has no capacitive_load_unit"),
    (lambda text: text.replace('  time_unit : "1ns";', ""), "has no 'time_unit'"),
    (lambda text: text.replace("area : 10;", "area : ten;"), "cell(NAND2) area holds 'ten', and finite numbers belong"),
    (lambda text: text.replace("area : 10;", ""), "cell(NAND2) has no 'area'"),
    (lambda text: text.replace("cell_leakage_power : 4;", ""), "cell(DFF) has no cell_leakage_power"),
    (lambda text: text.replace("cell_rise(delay)", "cell_raise(delay)").replace("cell_fall(", "cell_fell("), "neither"),
    (lambda text: text.replace('function : "A ^ B"', 'function : "A ^ C"'), "has a function of C, which it does not"),
    (lambda text: text.replace('function : "A ^ B"', 'function : "A ^ "'), "pin(Y) has a function that is none"),
    (lambda text: text.replace('values ("0.1, 0.3", "0.2, 0.4")', 'values ("0.1, 0.3")'), "2 values, and its axes"),
    (lambda text: text.replace('index_2 ("0, 1")', 'index_2 ("1, 0")'), "does not rise from point to point"),
    (lambda text: text.replace("cell_rise(delay)", "cell_rise(late)"), "uses a template that the library does not"),
    (lambda text: text.replace("internal_power", "external_power"), "has no internal_power"),
    (lambda text: text.replace("setup_rising", "hold_rising"), "has no setup time of D"),
    (lambda text: text.replace("nom_voltage : 2.0", "nom_voltage : 0"), "has a supply of 0 V"),
    (lambda text: text.replace("input_net_transition", "phase_of_the_moon"), "depends on 'phase_of_the_moon'"),
    (lambda text: text.replace("negative_unate", "unate"), "has the timing_sense 'unate'"),
    (lambda text: text.replace("capacitance : 8;", ""), "pin(D) has no capacitance"),
    (lambda text: "", "line 1: begins with ''"),
    (lambda text: text.replace("cell(BUF)", "cell(INV)"), "cell(INV) stands twice"),
    (lambda text: text + "}", "behind the end of the library"),
    (lambda text: text.replace("cell(", "celery("), "has no cells that can be used"),
]


@pytest.mark.parametrize(("damage", "told"), DAMAGE)
def test_damage_is_told_in_one_line(damage: Callable[[str], str], told: str, tmp_path: Path) -> None:
    path = library_file(tmp_path, damage(SMALL))
    with pytest.raises(LibraryError) as caught:
        read_library(path)
    message = str(caught.value)
    assert str(path) in message and ", line " in message and "\n" not in message and "--library" in message
    assert told in message


def test_a_library_lacks_what_figures_need(tmp_path: Path) -> None:
    library = read_library(library_file(tmp_path, SMALL.replace("(A B)'", "A B")))
    with pytest.raises(LibraryError, match="has no NAND of two inputs"):
        _ = library.nand2
    for name, told in (("INV", "no inverter"), ("BUF", "no buffer"), ("DFF", "no flip-flop of a rising clock")):
        lacking = read_library(library_file(tmp_path, SMALL.replace(f"cell({name})", f"celery({name})")))
        with pytest.raises(LibraryError, match=f"has {told}"):
            lacking.check_mappable()
    with pytest.raises(LibraryError, match="No such file"):
        read_library(tmp_path / "none.lib")
