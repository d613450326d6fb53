"""Operations of ``keras.ops`` that multiply matrices: of two tensors, or of a tensor and constants."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trigforge.building import Refusal, Tensor, einsum, einsum_dense, short_constants, sum_over, transpose
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.equations import without_events
from trigforge.frontends.keras.options import Reader, options

_LETTERS = "abcdefghijklmnop"
_MIXES = Refusal("mixes events", "keep the event axis first in every tensor and in the result")


def _contracted(equation: str, operands: Sequence[Any]) -> Tensor:
    """The einsum of one or two operands, of which tensors have the event axis first."""
    ranks = [x.rank + 1 if isinstance(x, Tensor) else np.ndim(x) for x in operands]
    own = without_events(equation, ranks, [isinstance(x, Tensor) for x in operands])
    match operands:
        case [Tensor() as x]:
            (term,) = own.terms
            kept = [letter for letter in term if letter in own.output]
            y = sum_over(x, [n for n, letter in enumerate(term) if letter not in own.output])
            return transpose(y, [kept.index(letter) for letter in own.output]) if kept != [*own.output] else y
        case [Tensor() as x, Tensor() as y]:
            return einsum(x, y, own)
        case [Tensor() as x, weight]:
            return einsum_dense(x, own, short_constants(np.asarray(weight, np.float64), "its constant operand"))
        case [weight, Tensor() as x]:
            turned = type(own)((own.terms[1], own.terms[0]), own.output)
            return einsum_dense(x, turned, short_constants(np.asarray(weight, np.float64), "its constant operand"))
        case _:
            raise Refusal(f"contracts {len(operands)} operands", "contract two at a time")


def _einsum(call: Call) -> Tensor:
    return _contracted(call.layer.subscripts, call.args)


def _matmul(call: Call) -> Tensor:
    """Also ``dot`` with a constant, which is the same."""
    x, y = call.named("x1", "x2")["x1"], call.named("x1", "x2")["x2"]
    is_dot = type(call.layer).__name__ == "Dot"
    a, b = (t.rank + 1 if isinstance(t, Tensor) else np.ndim(t) for t in (x, y))
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if a != b or a < 3 or is_dot:
            raise _MIXES
        batch = _LETTERS[: a - 2]
        return _contracted(f"{batch}xy,{batch}yz->{batch}xz", [x, y])
    if isinstance(x, Tensor) and b in (1, 2):
        batch = _LETTERS[: a - 1]
        return _contracted(f"{batch}y,y->{batch}" if b == 1 else f"{batch}y,yz->{batch}z", [x, y])
    if isinstance(y, Tensor) and a == 2 and b >= 3 and not is_dot:
        batch = _LETTERS[: b - 2]
        return _contracted(f"xy,{batch}yz->{batch}xz", [x, y])
    raise _MIXES


def _tensordot(call: Call) -> Tensor:
    x, weight = call.named("x1", "x2")["x1"], call.named("x1", "x2")["x2"]
    if not isinstance(x, Tensor) or isinstance(weight, Tensor):
        raise _MIXES
    axes, rank = call.layer.axes, np.ndim(weight)
    if isinstance(axes, int):
        left, right = [*range(x.rank + 1 - axes, x.rank + 1)], [*range(axes)]
    else:
        left, right = ([n] if isinstance(n, int) else [*n] for n in axes)
    first, second = [*_LETTERS[: x.rank + 1]], [*"qrstuvwxyz"[:rank]]
    for a, b in zip(left, right, strict=True):
        second[b] = first[a]
    shared = {first[a] for a in left}
    output = [letter for letter in (*first, *second) if letter not in shared]
    return _contracted(f"{''.join(first)},{''.join(second)}->{''.join(output)}", [x, weight])


OPERATIONS: dict[str, Reader] = {
    "Einsum": Reader(_einsum, **options("subscripts")),
    **dict.fromkeys(("Matmul", "Dot"), Reader(_matmul)),
    "Tensordot": Reader(_tensordot, **options("axes")),
}
"""by class name"""
