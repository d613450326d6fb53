"""Keras's einsum equations without their event axis."""

from __future__ import annotations

import pytest

from trigforge.building import Refusal
from trigforge.frontends.keras.equations import without_events


@pytest.mark.parametrize(
    ("equation", "ranks", "batched", "expected"),
    [
        ("bnc,cC->bnC", [3, 2], [True, False], "nc,cC->nC"),
        ("...c,cC->...C", [3, 2], [True, False], "bc,cC->bC"),
        ("...c,cC->...C", [2, 2], [True, False], "c,cC->C"),
        ("b n c, b m c -> b n m", [3, 3], [True, True], "nc,mc->nm"),
        ("...x,...x->...", [3, 3], [True, True], "bx,bx->b"),
    ],
)
def test_event_axis_goes(equation: str, ranks: list[int], batched: list[bool], expected: str) -> None:
    assert str(without_events(equation, ranks, batched)) == expected


@pytest.mark.parametrize(
    ("equation", "ranks", "batched", "message"),
    [
        ("bc,bC->bC", [2, 2], [True, False], "has the equation 'bc,bC->bC', which mixes events"),
        ("bc,cC->Cb", [2, 2], [True, False], "has the equation 'bc,cC->Cb', which mixes events"),
        ("bc,dc->bd", [2, 2], [True, True], "has the equation 'bc,dc->bd', which mixes events"),
        ("bcc,cC->bC", [3, 2], [True, False], "has the equation 'bcc,cC->bC', which takes a diagonal"),
        ("bc,cC", [2, 2], [True, False], "has the equation 'bc,cC'; write it with '->' and one term per operand"),
    ],
)
def test_equations_that_mix_events(equation: str, ranks: list[int], batched: list[bool], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        without_events(equation, ranks, batched)
    assert str(caught.value).startswith(message)
