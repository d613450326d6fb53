"""Inputs that arrive in several clock cycles: which element comes when, and on which port."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from trigforge.graph.graph import FixedPointGraph
from trigforge.rtl.hierarchy import Element, Module


def with_beats(module: Module, graph: FixedPointGraph, rows_a_cycle: Mapping[str, int]) -> Module:
    """The module of a whole graph, of whose inputs some arrive so many rows of their first axis a clock cycle.

    All rows are of the same types, so that the ports of the first ones fit the others.
    """
    if not rows_a_cycle:
        return module
    row = {tensor.name: prod(tensor.shape[1:]) for tensor in graph.inputs}
    sizes = {name: rows * row[name] for name, rows in rows_a_cycle.items()}
    first = {(element.tensor, element.number): port for port, element in enumerate(module.inputs)}

    def arriving(element: Element) -> Element:
        size = sizes.get(element.tensor)
        if size is None or element.number < size:
            return element
        beat, place = divmod(element.number, size)
        return replace(element, beat=beat, port=first[element.tensor, place])

    return replace(module, inputs=tuple(arriving(element) for element in module.inputs))
