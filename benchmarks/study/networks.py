"""The networks of a study, as its file ``benchmarks/<study>.toml`` names them.

A network is known by its name and the first digits of its file's SHA-256, as in ``muon_tracker@1a2b3c4d``, so that a
figure is never shown for another checkpoint than the one it was measured on.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from glob import glob
from pathlib import Path
from typing import Any

from trigforge.design import DesignPoint, load_design
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph

ROOT = Path(__file__).resolve().parents[2]
DIGITS = 8


class Kind(StrEnum):
    """The part that a network plays in a study."""

    SHIPPED = "shipped"
    FRONT = "front"
    RECIPE = "recipe"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Network:
    """A trained network: ``name`` is that of its file, without the ending.

    ``label`` is its name in tables, ``legend`` and ``marker`` its entry in pictures, ``recipe`` its label where recipes
    are compared, ``design`` the file that says how it is built.
    """

    name: str
    kind: Kind
    path: Path
    label: str
    legend: str
    marker: str
    recipe: str | None
    design: Path

    @property
    def key(self) -> str:
        """Name and digest, the beginning of the name of every figure."""
        return f"{self.name}@{hashlib.sha256(self.path.read_bytes()).hexdigest()[:DIGITS]}"


def definition(study: str) -> dict[str, Any]:
    """The content of ``benchmarks/<study>.toml``."""
    return tomllib.loads((ROOT / "benchmarks" / f"{study}.toml").read_text(encoding="utf-8"))


def networks(table: Mapping[str, Any], root: Path = ROOT) -> list[Network]:
    """The networks of a study's file that are there, in its order; those of a pattern by the numbers in their names."""
    found: list[Network] = []
    for entry in table["networks"]:
        paths = [(root / file).resolve() for file in glob(entry["files"], root_dir=root)]
        found += [_network(entry, path, root / table["design"]) for path in sorted(paths, key=_numbers)]
    return found


def _network(entry: Mapping[str, str], path: Path, design: Path) -> Network:
    own = path.with_name("design.toml")
    label = entry.get("label", "{name}").format(name=path.stem)
    return Network(
        name=path.stem,
        kind=Kind(entry["kind"]),
        path=path,
        label=label,
        legend=entry.get("legend", label),
        marker=entry.get("marker", "."),
        recipe=entry["recipe"].format(name=path.stem) if "recipe" in entry else None,
        design=own if own.is_file() else design,
    )


def _numbers(path: Path) -> list[tuple[int, str]]:
    """A key that sorts whole numbers in a path by value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", str(path))]


def graph_of(network: Network) -> FixedPointGraph:
    """Its optimized graph, read by our frontend."""
    return _graph(network.path)


@cache
def _graph(path: Path) -> FixedPointGraph:
    return read_source(resolve(str(path)))


def design_of(network: Network) -> DesignPoint:
    """The design point of the network's file ``design``."""
    return load_design(network.design).point


def ebops_of(network: Network) -> int | None:
    """Its EBOPs in ``metrics.json`` of its folder or, for a point of a front, of the folder above; None without one."""
    for folder in network.path.parents[:2]:
        if (folder / "metrics.json").is_file():
            metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
            noted = {point["name"]: point["ebops"] for point in metrics.get("front", ())}
            return int({**noted, metrics["model"]: metrics["ebops"]}[network.name])
    return None
