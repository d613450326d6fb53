"""Equations as values."""

from __future__ import annotations

import numpy as np
import pytest

from trigforge.errors import GraphError
from trigforge.graph import Equation


@pytest.mark.parametrize("text", ["ab,bc->ac", "ab,ab->", "a,b->ab", ",->", "bE,Ez->bz"])
def test_what_is_parsed_is_printed(text: str) -> None:
    assert str(Equation.parse(text)) == text


@pytest.mark.parametrize("text", ["...a,ab->...b", "aa,ab->b", "ab,bc", "ab->c", "a b->a", "ä->ä", "ab->aa"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(GraphError) as caught:
        Equation.parse(text)
    assert str(caught.value) == f"equation {text!r} is not of the form 'ab,bc->ac'"


def test_one_more_axis() -> None:
    equation = Equation.parse("bE,Ez->bz")
    x, y = np.arange(12).reshape(2, 2, 3), np.arange(12).reshape(3, 4)
    found = np.einsum(str(equation.over_events(True, False)), x, y)
    assert np.array_equal(found, np.stack([np.einsum("bE,Ez->bz", event, y) for event in x]))
    sliced = Equation.parse("ab,ac->abc")
    assert str(sliced.without("a")) == "b,c->bc"
    assert np.array_equal(
        np.einsum(str(sliced.without("a").with_axes((0, 1), 2)), np.eye(2), np.eye(2)),
        np.einsum("ab,ca->bca", np.eye(2), np.eye(2)),
    )


def test_axes_have_one_length() -> None:
    assert Equation.parse("ab,bc->ac").lengths((2, 3), (3, 4)) == {"a": 2, "b": 3, "c": 4}
    with pytest.raises(GraphError) as caught:
        Equation.parse("ab,bc->ac").lengths((2, 3), (4, 4))
    assert str(caught.value) == "equation 'ab,bc->ac': 'b' is both 3 and 4 long"
