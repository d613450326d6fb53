"""The state of an interrupted training: one file, replaced in one step after every epoch."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import TrainingError
from trigforge.files import replacing
from trigforge.foreign_files import reading

Arrays = tuple[npt.NDArray[Any], ...]
_GROUPS = ("model", "optimizer", "best")


@dataclass(frozen=True)
class EpochRecord:
    """The result of one epoch. ``loss`` contains the EBOPs' share; ``ebops`` is 0 in float.

    ``figures`` are the task's, by name, in validation.
    """

    epoch: int
    seconds: float
    loss: float
    validation_loss: float
    figures: Mapping[str, float]
    ebops: int
    beta: float


@dataclass(frozen=True)
class TrainingState:
    """All variables of the model and of the optimizer after ``len(history)`` epochs, and the best epoch's model.

    ``best`` is empty, and ``best_epoch`` None, while no epoch kept the EBOPs limit. ``key`` identifies the training: a
    state is good for the same key only.
    """

    key: str
    history: tuple[EpochRecord, ...]
    model: Arrays
    optimizer: Arrays
    best: Arrays
    best_epoch: int | None


def save_state(path: Path, state: TrainingState) -> None:
    """The state as the file ``path``, replaced whole: an interruption leaves the old state or the new one."""
    notes = {
        "key": state.key,
        "history": [asdict(record) for record in state.history],
        "best_epoch": state.best_epoch,
        "lengths": [len(state.model), len(state.optimizer), len(state.best)],
    }
    groups = (state.model, state.optimizer, state.best)
    arrays = {f"{g}{n}": a for g, group in zip(_GROUPS, groups, strict=True) for n, a in enumerate(group)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as place, place.open("wb") as file:
            np.savez(file, allow_pickle=False, notes=np.array(json.dumps(notes)), **arrays)
    except OSError as error:
        raise TrainingError(
            f"training checkpoint {path} cannot be written: {error.strerror}; free space or give --out"
        ) from None


def load_state(path: Path, key: str) -> TrainingState | None:
    """The state in ``path``, None where there is none; ``TrainingError`` for a damaged file or another training's."""
    if not path.exists():
        return None
    with (
        reading(
            lambda _: TrainingError(f"training checkpoint {path} is damaged; remove it, or start again with --fresh")
        ),
        path.open("rb") as stream,
        np.load(stream, allow_pickle=False) as file,
    ):
        notes = json.loads(str(file["notes"]))
        if notes["key"] != key:
            raise TrainingError(
                f"training checkpoint {path} belongs to another recipe, other data or another number of epochs; "
                "restore those, or start again with --fresh"
            )
        groups = [
            tuple(file[f"{group}{n}"] for n in range(length))
            for group, length in zip(_GROUPS, notes["lengths"], strict=True)
        ]
        history = tuple(EpochRecord(**record) for record in notes["history"])
        return TrainingState(key, history, groups[0], groups[1], groups[2], notes["best_epoch"])
