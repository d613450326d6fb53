"""The entries of the collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Built:
    """A model object or file, with what ``trigforge.frontends.read`` takes beside it."""

    model: Any
    shapes: tuple[tuple[int, ...], ...] | None = None
    types: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Other:
    """A model of others; ``build`` makes it in an empty folder, from a seed."""

    name: str
    family: str
    build: Callable[[Path], Built]
    fast: bool = False
