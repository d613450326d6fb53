"""One model of others: read, and compared with what its own framework computes."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.frontends.others.entry import Built
from tests.frontends.qkeras import drawn
from trigforge import frontends
from trigforge.building import ModelTypes, Quantization
from trigforge.emulator import run
from trigforge.frontends import Reading
from trigforge.graph import FixedPointGraph

EVENTS = 100


def read(built: Built) -> Reading:
    """The graph, beside the model where its framework is here."""
    types = {name: Quantization.parse(text) for name, text in (built.types or {}).items()}
    return frontends.read_with_model(built.model, shapes=built.shapes, types=ModelTypes(inputs=types))


def drawn_events(graph: FixedPointGraph) -> dict[str, Any]:
    """The float32 events on which fingerprints are taken."""
    return {x.name: drawn.events(n, x.shape, EVENTS) for n, x in enumerate(graph.inputs)}


def results(graph: FixedPointGraph, events: dict[str, Any]) -> list[Any]:
    """The outputs for float32 events."""
    found = run(graph, {x.name: x.encode(events[x.name]) for x in graph.inputs}).values(graph)
    return [found[name] for name in graph.outputs]


def fingerprint(outputs: list[Any]) -> str:
    """A short hash of outputs."""
    return hashlib.sha256(b"".join((array + 0.0).tobytes() for array in outputs)).hexdigest()[:16]
