"""Registers between pipeline stages as minimum cuts: ``cut_into_stages``."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from trigforge.errors import ToolMissingError
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.delays import ROUNDING_NS
from trigforge.rtl.gates import Input, Literal

_BEFORE, _BEHIND = 0, 1
"""nodes of the network: what stands before a boundary for certain, and what stands behind it"""
_UNCUT = 1 << 28
"""more bits than any boundary has"""


@dataclass(frozen=True)
class Timed:
    """Gates that are needed, in order, with their delays in ns and the earliest stage in which each can stand.

    ``static`` gates change rarely: every stage reads them as they are, without a register.
    """

    circuit: Circuit
    outputs: Collection[int]
    static: frozenset[int]
    delays: Mapping[int, float]
    earliest: Mapping[int, int]


def cut_into_stages(timed: Timed, depth: int, stage_ns: float) -> dict[int, int]:
    """The stage (1 to ``depth``) of every gate; each takes at most ``stage_ns``, or one gate.

    Boundaries are set from the last to the first. Each is where the values that cross it have the fewest bits, given
    the one behind it: a minimum cut, in which a value counts once however many gates read it. A gate may stand behind a
    boundary if it and what follows up to the next boundary have time there, and before it if ``earliest`` says so.

    Raises ``ToolMissingError`` where SciPy is not installed.
    """
    readers: dict[int, set[int]] = defaultdict(set)
    for number in timed.delays:
        for operand in timed.circuit.gates[number].operands:
            readers[operand].add(number)
    stages = dict.fromkeys(timed.delays, 1)
    left = [n for n in timed.delays if not isinstance(timed.circuit.gates[n].op, Literal) and n not in timed.static]
    for boundary in range(depth - 1, 0, -1):
        before = _before(timed, readers, left, boundary, stage_ns)
        stages |= {number: boundary + 1 for number in left if number not in before}
        left = [number for number in left if number in before]
    return stages


def _before(
    timed: Timed, readers: Mapping[int, set[int]], left: Sequence[int], boundary: int, stage_ns: float
) -> set[int]:
    """The gates that stand before a boundary, out of those before the next one."""
    node, rest = _sides(timed, readers, left, boundary, stage_ns)
    arcs: dict[tuple[int, int], int] = {}
    count = len(rest) + 2
    for number in left:
        own = node[number]
        if own == _BEHIND:
            continue
        targets = {node.get(reader, _BEHIND) for reader in readers[number]}
        if number in timed.outputs:
            targets.add(_BEHIND)
        if targets <= {_BEFORE}:
            continue
        arcs[own, count] = timed.circuit.gates[number].width
        for target in targets - {_BEFORE}:
            arcs[count, target] = _UNCUT
            if own != _BEFORE and target not in (own, _BEHIND):
                arcs[target, own] = _UNCUT
        count += 1
    kept = _source_side(arcs, count)
    return {number for number in left if node[number] == _BEFORE or node[number] in kept}


def _sides(
    timed: Timed, readers: Mapping[int, set[int]], left: Sequence[int], boundary: int, stage_ns: float
) -> tuple[dict[int, int], list[int]]:
    """The node of every gate, and the gates that may stand on both sides, which have one of their own."""
    node: dict[int, int] = {}
    rest: list[int] = []
    ahead: dict[int, float] = {}
    for number in reversed(left):
        following = max((ahead.get(reader, 0.0) for reader in readers[number]), default=0.0)
        ahead[number] = following + timed.delays[number]
        if isinstance(timed.circuit.gates[number].op, Input):
            node[number] = _BEFORE
        elif timed.earliest[number] > boundary:
            node[number] = _BEHIND
        elif ahead[number] > stage_ns + ROUNDING_NS:
            node[number] = _BEFORE
        else:
            node[number] = 2 + len(rest)
            rest.append(number)
    return node, rest


def _source_side(arcs: Mapping[tuple[int, int], int], count: int) -> set[int]:
    """The nodes on the side of ``_BEFORE`` of a minimum cut of a network."""
    sparse, graphs = _scipy("scipy.sparse"), _scipy("scipy.sparse.csgraph")
    tails, heads = np.array(list(arcs), np.int32).reshape(-1, 2).T
    capacity = sparse.csr_array((np.array(list(arcs.values()), np.int32), (tails, heads)), shape=(count, count))
    residual = capacity - graphs.maximum_flow(capacity, _BEFORE, _BEHIND).flow
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    found = graphs.breadth_first_order(residual, _BEFORE, return_predecessors=False)
    return set(found.tolist())


def _scipy(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ToolMissingError(
            f"pipeline stages with few registers need SciPy ({error.name} is not installed): "
            "pip install 'trigforge[rtl]'"
        ) from None
