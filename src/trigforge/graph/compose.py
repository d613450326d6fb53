"""Graphs one behind the other."""

from collections.abc import Mapping
from dataclasses import replace

from trigforge.errors import GraphError
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Node


def chained(front: FixedPointGraph, behind: FixedPointGraph, joints: Mapping[str, str]) -> FixedPointGraph:
    """``behind``, computed from the inputs of ``front``: its name, version and outputs, and the nodes of both.

    ``joints`` maps inputs of ``behind`` to outputs of ``front``, which give exactly what such an input holds: all that
    they can be lies within its types. Inputs of ``behind`` that are not named stay inputs. A tensor of ``behind`` whose
    name ``front`` has too gets another one. Raises ``GraphError`` where a joint names nothing, or does not fit.
    """
    inputs = {tensor.name: tensor for tensor in behind.inputs}
    for name, source in joints.items():
        if name not in inputs or source not in front.outputs:
            raise GraphError(f"there is no input {name!r} behind an output {source!r} to join")
        if not _within(front, source, behind, name):
            raise GraphError(f"output {source!r} gives more than the input {name!r} takes; requantize it to its types")
    kept = tuple(tensor for tensor in behind.inputs if tensor.name not in joints)
    taken = {*front.tensors, *(tensor.name for tensor in kept)}
    own = {name: name for tensor in kept for name in [tensor.name]} | dict(joints)
    nodes: list[Node] = []
    for node in behind.nodes:
        name = _free(node.name, taken)
        made = replace(node, name=name, operands=tuple(own[operand] for operand in node.operands))
        own |= dict(zip(node.tensors, made.tensors, strict=True))
        taken |= {*made.tensors}
        nodes.append(made)
    return replace(
        behind,
        inputs=(*front.inputs, *kept),
        nodes=(*front.nodes, *nodes),
        outputs=tuple(own[name] for name in behind.outputs),
        layers=(*front.layers, *behind.layers),
        approximations=(*front.approximations, *behind.approximations),
    )


def _within(front: FixedPointGraph, source: str, behind: FixedPointGraph, name: str) -> bool:
    given, taken = front.tensors[source], behind.tensors[name]
    return given.shape == taken.shape and taken.contains(given)


def _free(name: str, taken: set[str]) -> str:
    return (
        name if name not in taken else next(n for k in range(1, len(taken) + 2) if (n := f"{name}.n{k}") not in taken)
    )
