"""The best epochs below several limits of EBOPs, each kept in a file beside the training's state."""

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import TrainingError
from trigforge.training.state import EpochRecord, TrainingState


def best_below(history: tuple[EpochRecord, ...], limit: int) -> EpochRecord | None:
    """The best epoch with at most ``limit`` EBOPs, the first of equal ones; None where there is none."""
    allowed = [record for record in history if record.ebops <= limit]
    return min(allowed, key=lambda record: record.badness, default=None)


def keep_on_front(folder: Path, limits: tuple[int, ...], state: TrainingState) -> None:
    """Keep the weights of the last epoch for every limit below which it is the best. Raises ``TrainingError``."""
    for limit in limits:
        if best_below(state.history, limit) is state.history[-1]:
            path = _path(folder, limit)
            unfinished = path.with_suffix(".unfinished")
            try:
                with unfinished.open("wb") as file:
                    np.savez(file, *state.model, allow_pickle=False)
                os.replace(unfinished, path)
            except OSError as error:
                raise TrainingError(
                    f"training checkpoint {path} cannot be written: {error.strerror}; free space or give --out"
                ) from None


def weights_of(folder: Path, limit: int) -> list[npt.NDArray[Any]]:
    """All variables of the model of the best epoch below ``limit``. Raises ``TrainingError`` where they are missing."""
    path = _path(folder, limit)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return [file[f"arr_{number}"] for number in range(len(file.files))]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        raise TrainingError(f"training checkpoint {path} is missing or damaged; start again with --fresh") from None


def _path(folder: Path, limit: int) -> Path:
    return folder / f"front_{limit}.npz"
