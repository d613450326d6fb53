"""A fixed, seeded generator of random graphs: every op, per-element types, all 28 rounding x overflow modes.

``random_graph(n)`` is graph ``n``: the same for the same ``n``, on every machine. Each graph features some ops and some
modes in turn, so that a run of consecutive graphs covers all of them evenly; the rest of it is chance.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product

import numpy as np

from tests.agreement import makers
from tests.agreement.makers import FEATURED, Draft
from trigforge.fixed import FixedTypes, Interval, Overflow, Rounding
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Op
from trigforge.passes import optimize

MODES = list(product(Rounding, Overflow))
_SHAPES: Sequence[tuple[int, ...]] = ((5,), (8,), (3, 4), (4, 3), (6, 2), (4, 4, 2), (3, 5, 1))


def random_graph(number: int) -> FixedPointGraph:
    """Graph ``number`` of the fixed sequence."""
    rng = np.random.default_rng([20261121, number])
    inputs = tuple(_random_input(rng, f"x{n}") for n in range(1 + (number % 3 == 0)))
    draft = Draft(rng, {tensor.name: tensor.interval for tensor in inputs}, _modes(number))
    names = list(FEATURED)
    featured = [names[(3 * number + n) % len(names)] for n in range(3)]
    chance = [str(rng.choice(names)) for _ in range(3)]
    for name in featured + chance:
        _apply(draft, FEATURED[name])
    while draft.modes:
        draft.requantize(draft.any_tensor())
    used = {operand for node in draft.nodes for operand in node.operands}
    outputs = tuple(name for node in draft.nodes for name in node.tensors if name not in used)
    return FixedPointGraph(f"fuzz_{number}", 1, inputs, tuple(draft.nodes), outputs)


@cache
def optimized_graph(number: int) -> FixedPointGraph:
    """Graph ``number`` behind the passes, once for all tests of a process."""
    return optimize(random_graph(number))


def _modes(number: int) -> list[tuple[Rounding, Overflow]]:
    """Three featured modes; the pace of 3 in 28 visits all of them."""
    return [MODES[(3 * number + n) % len(MODES)] for n in range(3)]


def _apply(draft: Draft, maker: Callable[[Draft], tuple[Op, tuple[str, ...]]]) -> None:
    """One op, and a ``Requantize`` behind it where its result has become wide."""
    op, operands = maker(draft)
    name = draft.append(op, operands)
    if draft.tensors[name].hull.width > makers.COMFORTABLE_BITS:
        draft.requantize(name)


def _random_input(rng: np.random.Generator, name: str) -> GraphInput:
    shape = _SHAPES[int(rng.integers(len(_SHAPES)))]
    grain = tuple(length if rng.random() < 0.6 else 1 for length in shape)
    types = FixedTypes.from_kif(rng.integers(0, 2, grain), rng.integers(-1, 4, grain), rng.integers(0, 5, grain))
    if not Interval.of_types(types, shape).hi.values.any():
        types = FixedTypes.from_kif(1, 2, 3)
    return GraphInput(name, shape, types)
