"""The model folders of the workspace, to parametrize tests with."""

from __future__ import annotations

from pathlib import Path

from models.card import folders
from trigforge.flow.workspace import resolve


def models_on(sample: Path) -> list[Path]:
    """The folders whose ``model.toml`` names ``sample`` as its events."""
    sources = [resolve(str(folder)) for folder in folders()]
    return [x.folder for x in sources if x.folder and x.events and x.events.resolve() == sample.resolve()]
