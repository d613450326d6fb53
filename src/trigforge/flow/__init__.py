"""The only room that knows the whole route: read, quantize, emulate, verify, build, profile, compare."""

from trigforge.flow.interactive import build, compare, emulate, profile, verify
from trigforge.flow.picture import graph_nodes
from trigforge.flow.preparing import read, to_hls
from trigforge.flow.quantizing import quantize
from trigforge.graph import FixedPointGraph

__all__ = ["build", "compare", "emulate", "profile", "quantize", "read", "to_hls", "verify"]


def _framed(graph: FixedPointGraph) -> str:
    from trigforge.reports.html import framed, render_graph

    return framed(render_graph(graph.name, graph_nodes(graph)), 520)


FixedPointGraph.html = _framed
