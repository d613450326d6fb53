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
    """All variables of the model and of the optimizer after ``len(history)`` epochs.

    ``kept`` has the model after each epoch that no other epoch beats, by number: with at most its EBOPs at least as
    good. ``key`` identifies the training: a state is good for the same key only.
    """

    key: str
    history: tuple[EpochRecord, ...]
    model: Arrays
    optimizer: Arrays
    kept: Mapping[int, Arrays]

    @property
    def groups(self) -> dict[str, Arrays]:
        """All arrays, by the names under which they are stored."""
        kept = {f"kept{epoch}": arrays for epoch, arrays in self.kept.items()}
        return {"model": self.model, "optimizer": self.optimizer, **kept}


def save_state(path: Path, state: TrainingState) -> None:
    """The state as the file ``path``, replaced whole: an interruption leaves the old state or the new one."""
    notes = {
        "key": state.key,
        "history": [asdict(record) for record in state.history],
        "kept": [*state.kept],
        "lengths": {name: len(group) for name, group in state.groups.items()},
    }
    arrays = {f"{name}.{n}": array for name, group in state.groups.items() for n, array in enumerate(group)}
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
        groups = {name: tuple(file[f"{name}.{n}"] for n in range(length)) for name, length in notes["lengths"].items()}
        history = tuple(EpochRecord(**record) for record in notes["history"])
        kept = {epoch: groups[f"kept{epoch}"] for epoch in notes["kept"]}
        return TrainingState(key, history, groups["model"], groups["optimizer"], kept)
