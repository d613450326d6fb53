"""Roundings without a quantizer, comparisons and what is chosen by them: equal on 1,000 events, or refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.frontends.qonnx.drawing import Net
from tests.frontends.qonnx.test_qonnx_ops import begun, check, quantized
from trigforge.errors import UnsupportedModelError
from trigforge.frontends import qonnx
from trigforge.graph import Maximum, Minimum, Select

Change = Callable[[Net], object]


def compared(net: Net, kind: str, *with_what: str) -> str:
    return net.op(kind, net.x, *with_what)


def where(net: Net, condition: str, x: str, y: str) -> None:
    net.x = net.op("Where", condition, x, y)


def divided(net: Net, scale: float) -> None:
    net.then("Div", net.constant(scale))


def clamped(net: Net, lo: float, hi: float) -> None:
    """As ``torch.where`` clamps in the quantizers of Brevitas."""
    low, high = net.constant(lo), net.constant(hi)
    where(net, compared(net, "Greater", high), high, net.x)
    where(net, compared(net, "Less", low), low, net.x)


POINTS: dict[str, Change] = {
    "round": lambda n: (divided(n, 0.3), n.then("Round")),
    "round, halves to even": lambda n: (divided(n, 0.5), n.then("Round")),
    "floor": lambda n: (divided(n, 0.7), n.then("Floor")),
    "ceil": lambda n: (divided(n, 0.5), n.then("Ceil")),
    "floor of a half more": lambda n: (divided(n, 0.5), n.then("Add", n.constant(0.5)), n.then("Floor")),
    "round and clip": lambda n: (divided(n, 0.3), n.then("Round"), n.then("Clip", n.constant(-2), n.constant(3))),
    "clip and round": lambda n: (divided(n, 0.3), n.then("Clip", n.constant(-2), n.constant(3)), n.then("Round")),
    "round and clip between numbers": lambda n: (
        divided(n, 0.5),
        n.then("Round"),
        n.then("Clip", n.constant(-2.5), n.constant(3.25)),
    ),
    "round, max and min": lambda n: (
        divided(n, 0.3),
        n.then("Round"),
        n.then("Max", n.constant([-1, -2, -3])),
        n.then("Min", n.constant(2)),
    ),
    "round and relu": lambda n: (divided(n, 0.3), n.then("Round"), n.then("Relu")),
    "clamped by where": lambda n: (divided(n, 0.3), n.then("Round"), clamped(n, -3, 2), n.then("Mul", n.constant(0.3))),
    "clamped at other numbers": lambda n: (n.then("Mul", n.constant(0.7)), clamped(n, -0.6, 1.3), quantized(n, 0.2, 5)),
    "a condition is moved": lambda n: where(
        n,
        n.op("Slice", compared(n, "Less", n.constant(0.5)), *(n.constant([v], np.int64) for v in (0, 1, 1))),
        n.x,
        n.op("Neg", n.x),
    ),
    "not below": lambda n: where(n, n.op("Not", compared(n, "GreaterOrEqual", n.constant(0.5))), n.x, n.op("Neg", n.x)),
    "greater than a tensor": lambda n: where(
        n, compared(n, "Greater", n.op("Mul", n.x, n.constant(0.3))), n.x, n.constant(0.5)
    ),
    "less than a tensor": lambda n: where(n, compared(n, "LessOrEqual", n.op("Neg", n.x)), n.constant(1), n.x),
    "equal": lambda n: where(n, compared(n, "Equal", n.constant(0.25)), n.constant(3), n.x),
    "equal, never": lambda n: where(n, compared(n, "Equal", n.constant(0.3)), n.constant(3), n.x),
    "and": lambda n: where(
        n,
        n.op("And", compared(n, "Greater", n.constant(-1)), compared(n, "Less", n.constant(1))),
        n.op("Mul", n.x, n.x),
        n.constant(2),
    ),
    "or": lambda n: where(
        n,
        n.op("Or", compared(n, "Less", n.constant([-1, 0, 1])), compared(n, "Greater", n.constant(1.5))),
        n.op("Mul", n.x, n.constant(2)),
        n.x,
    ),
    "constant less": lambda n: where(n, n.op("Less", n.constant(0.5), n.x), n.x, n.constant(0)),
    "mask": lambda n: where(n, n.constant([True, False, True], np.bool_), n.x, n.constant(-1)),
    "mask of events": lambda n: where(
        n, n.constant([[[True, False, True], [False] * 3, [True] * 3, [False] * 3]], np.bool_), n.x, n.op("Neg", n.x)
    ),
    "step function": lambda n: setattr(n, "x", n.op("Cast", compared(n, "Greater", n.constant(0.1)), to=1)),
    "not zero": lambda n: setattr(n, "x", n.op("Cast", n.op("Cast", n.x, to=9), to=1)),
    "scaled branches": lambda n: (
        where(
            n, compared(n, "Greater", n.constant(0)), n.op("Mul", n.x, n.constant(0.5)), n.op("Mul", n.x, n.constant(3))
        ),
        quantized(n, 0.11, 7),
    ),
}


@pytest.mark.parametrize("scale", [0.25, 0.3])
@pytest.mark.parametrize("name", POINTS)
def test_points(name: str, scale: float) -> None:
    net = begun((4, 3), scale)
    POINTS[name](net)
    check(net, 16)


def test_a_clamp_by_where_is_no_choice() -> None:
    net = begun((4, 3))
    divided(net, 0.5)
    net.then("Round")
    clamped(net, -4, 3)
    nodes = qonnx.read(net.model(16)).graph.nodes
    assert not any(isinstance(node.op, Select | Maximum | Minimum) for node in nodes)


def test_an_input_may_be_quantized_by_operators() -> None:
    """The quantizer of ``torch.export``: divide, round, clamp and multiply, on what events hold."""
    net = Net(np.random.default_rng(1), (5,))
    divided(net, 0.125)
    net.then("Round")
    clamped(net, -8, 7)
    net.then("Mul", net.constant(0.125))
    graph = qonnx.read(net.model(16)).graph
    assert graph.tensors[graph.inputs[0].name].hull.width == 4
    assert not any(isinstance(node.op, Select | Maximum | Minimum) for node in graph.nodes)
    check(net, 16)


def test_quantizers_of_pquantml_are_one_rounding() -> None:
    """``where(q > hi, hi, where(q < lo, lo, q))`` of ``q = round(x * 2**f) / 2**f + (x - x)``."""
    net = Net(np.random.default_rng(1), (5,))
    net.then("Mul", net.constant(8))
    scaled = net.x
    net.then("Round")
    net.then("Add", net.op("Sub", scaled, scaled))
    net.then("Div", net.constant(8))
    q, lo, hi = net.x, net.constant(-2), net.constant(1.875)
    inner = net.op("Where", net.op("Less", q, lo), lo, q)
    where(net, net.op("Greater", q, hi), hi, inner)
    graph = qonnx.read(net.model(16)).graph
    assert graph.tensors[graph.inputs[0].name].hull.width == 5
    assert not any(isinstance(node.op, Select | Maximum | Minimum) for node in graph.nodes)
    check(net, 16)


REFUSED: dict[str, tuple[Change, str]] = {
    "a rounding without ends on an input": (lambda n: n.then("Round"), "rounds an input that has no ends"),
    "conditions added": (
        lambda n: (
            quantized(n, 0.5, 4),
            setattr(n, "x", n.op("Add", compared(n, "Greater", n.constant(0)), n.x)),
        ),
        "takes a condition for numbers",
    ),
    "a condition at the end": (
        lambda n: (quantized(n, 0.5, 4), setattr(n, "x", compared(n, "Greater", n.constant(0)))),
        "takes a condition for numbers",
    ),
    "a choice of nothing": (
        lambda n: (
            quantized(n, 0.5, 4),
            where(n, compared(n, "Greater", n.constant(0)), n.x, n.constant(-np.inf)),
        ),
        "takes minus infinity for a number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    change, message = REFUSED[name]
    net = Net(np.random.default_rng(2), (4, 3))
    change(net)
    with pytest.raises(UnsupportedModelError, match=message):
        qonnx.read(net.model(16))
