"""The layers of a user's model: what became of each, or why it is refused."""

from collections import Counter
from collections.abc import Mapping, Sequence

from trigforge.diagnosis.records import LayerFinding, LayerState
from trigforge.diagnosis.seen_nodes import SeenNode, bits, seen_nodes
from trigforge.graph import FixedPointGraph
from trigforge.graph.kinds import kind_of


def examine_layers(graph: FixedPointGraph, lut: Mapping[str, float]) -> tuple[LayerFinding, ...]:
    """Every layer of a graph in the order of the model; in a graph that names none each node is one.

    ``lut`` is what is predicted for each node, by name. What a node costs that comes from several layers is counted to
    the first of them.
    """
    made: dict[str, list[SeenNode]] = {layer.name: [] for layer in graph.layers}
    for seen in seen_nodes(graph):
        for name in seen.node.layers or (seen.node.name,):
            made.setdefault(name, []).append(seen)
    known = {layer.name: layer for layer in graph.layers}
    found: list[LayerFinding] = []
    for name, own in made.items():
        kind = known[name].kind if name in known else kind_of(own[0].node.op)
        left_out = known[name].left_out if name in known else ""
        cost = sum(lut.get(seen.node.name, 0.0) for seen in own if seen.layer == name)
        found.append(_finding(name, kind, left_out, own, round(cost)))
    return tuple(found)


def refused_layers(refused: Sequence[tuple[str, str]]) -> tuple[LayerFinding, ...]:
    """The layers of a model that cannot be read: where, and the reason with its remedy."""
    return tuple(LayerFinding(where, "", LayerState.REFUSED, reason=reason) for where, reason in refused)


def _finding(name: str, kind: str, left_out: str, own: Sequence[SeenNode], lut: int) -> LayerFinding:
    if not own:
        return LayerFinding(name, kind, LayerState.LEFT_OUT if left_out else LayerState.ABSORBED)
    counted = Counter(kind_of(seen.node.op) for seen in own)
    operations = ", ".join(op if count == 1 else f"{count} {op}" for op, count in counted.items())
    widest = max(bits(seen.interval) for seen in own)
    state = LayerState.LEFT_OUT if left_out else LayerState.LOWERED
    return LayerFinding(name, kind, state, operations, str(own[-1].interval.hull), widest, lut)
