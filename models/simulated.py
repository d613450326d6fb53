"""Simulated events for recipes: where they stand, or a folder of the user's own, and how a split of them is read."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from trigforge.errors import TrainingError, TrigforgeError

Events = TypeVar("Events")
GIVEN = os.environ.get("TRIGFORGE_DATA")
"""a folder with jets of the user's own, below ``train``, ``val`` and ``test``: ``make train MODEL=... DATA=path``"""
LEAST_TRAINING_JETS = 150_000
EVALUATED = {"test": "test jets", "sample": "jets of `sample.root`"}


def folder_of(name: str) -> Path:
    """The folder of a data set's splits, by default ``build/data/<name>``."""
    return Path(GIVEN) if GIVEN else Path(__file__).resolve().parents[1] / "build" / "data" / name


def told(folder: Path, simulated: str) -> str:
    """The origin of events: ``simulated`` where they are ours."""
    return f"jets of the folder {folder.name!r}, given with DATA" if GIVEN else simulated


def read_split(
    split: str, folder: Path, sample: Path, read: Callable[[Path], Events], count: Callable[[Events], int], command: str
) -> Events:
    """The jets of a split below ``folder``, or the committed ``sample``; ``command`` simulates them.

    Raises ``TrainingError`` for what cannot be read, and for too few to train on.
    """
    place = folder / {"train": "train", "validation": "val", "test": "test"}.get(split, split)
    try:
        jets = read(sample if split == "sample" else place)
    except (TrigforgeError, OSError) as error:
        raise TrainingError(f"jets for {split!r}: {error}; `{command}` simulates them") from None
    if split == "train" and count(jets) < LEAST_TRAINING_JETS:
        raise TrainingError(
            f"{place} holds {count(jets):,} jets, training needs {LEAST_TRAINING_JETS:,}; finish `{command}`"
        )
    return jets
