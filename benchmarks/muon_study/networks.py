"""Which networks there are: those the workspace ships, points of the front, recipes to compare, the published one.

A network is known by its name and the first digits of its file's SHA-256, as in ``muon_tracker@1a2b3c4d``, so that a
figure is never shown for another checkpoint than the one it was measured on.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trigforge.flow.engines import EngineChoice, check, choose
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, Mantissas

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
STAGED, CNN = "muon_tracker", "muon_tracker_cnn"
PUBLISHED = "hgq_tgc_2.010"
DIGITS = 8
CHECKED_MUONS = 1000
"""on which the native engine is held to the reference emulator before its answers are used"""


class Kind(StrEnum):
    """What a network is shown as."""

    SHIPPED = "shipped"
    FRONT = "front"
    RECIPE = "recipe"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Network:
    """A trained network: ``name`` is that of its file, without the ending."""

    name: str
    kind: Kind
    path: Path

    @property
    def key(self) -> str:
        """Name and digest, what stands in front of every figure."""
        return f"{self.name}@{hashlib.sha256(self.path.read_bytes()).hexdigest()[:DIGITS]}"


def networks(root: Path = ROOT) -> list[Network]:
    """All that are here, those of one kind in the order of their names (of the front: of their EBOPs)."""
    staged = root / "models" / STAGED
    shared = root.parent / "shared" / "models" / f"{PUBLISHED}.keras"
    files = [
        *((Kind.SHIPPED, root / "models" / name / f"{name}.keras") for name in (STAGED, CNN)),
        *((Kind.FRONT, path) for path in sorted((staged / "front").glob("*.keras"), key=_ebops_in_name)),
        *((Kind.RECIPE, path) for path in sorted((staged / "variants").glob("*/*.keras"))),
        (Kind.PUBLISHED, shared),
    ]
    return [Network(path.stem, kind, path) for kind, path in files if path.is_file()]


def graph_of(network: Network) -> FixedPointGraph:
    """Its optimized graph, read by our frontend."""
    return _graph(network.path)


@cache
def _graph(path: Path) -> FixedPointGraph:
    return read_source(resolve(str(path)))


def ebops_of(network: Network) -> int | None:
    """Its EBOPs, as the training noted them; None for the published one, of which none are told."""
    match network.kind:
        case Kind.PUBLISHED:
            return None
        case Kind.FRONT:
            return _ebops_in_name(network.path)
        case Kind.SHIPPED | Kind.RECIPE:
            return int(json.loads(network.path.with_name("metrics.json").read_text(encoding="utf-8"))["ebops"])


def _ebops_in_name(path: Path) -> int:
    found = re.search(r"(\d+)$", path.stem)
    return int(found.group(1)) if found else 0


def inputs_of(graph: FixedPointGraph, hits: npt.NDArray[np.bool_]) -> dict[str, Mantissas]:
    """``hits`` (n, gaps, channels) as mantissas for one input of all gaps, or for one of each station, in order."""
    found: dict[str, Mantissas] = {}
    first = 0
    for tensor in graph.inputs:
        gaps = tensor.shape[-1]
        assert tensor.interval.hull.width == 1, f"{graph.name} reads more than bits"
        found[tensor.name] = np.ascontiguousarray(hits[:, first : first + gaps].transpose(0, 2, 1)).astype(np.int64)
        first += gaps
    assert first == hits.shape[1], f"{graph.name} reads {first} gaps of {hits.shape[1]}"
    return found


def angles(graph: FixedPointGraph, hits: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The network's answers (n,) in mrad, by the native emulator, which is first held to the reference."""
    engine = choose(graph, EngineChoice.NATIVE)
    check(graph, engine, inputs_of(graph, hits[:CHECKED_MUONS]))
    (name,) = graph.outputs
    blocks = [
        engine.run(inputs_of(graph, hits[first : first + 20_000]), 1, lambda _: None)[name][:, 0]
        for first in range(0, len(hits), 20_000)
    ]
    return np.ldexp(np.concatenate(blocks).astype(np.float64), graph.tensors[name].hull.lsb)
