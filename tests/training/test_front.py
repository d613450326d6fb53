"""Points of a front: which epoch is kept below a limit, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trigforge.errors import TrainingError
from trigforge.training.front import best_below, keep_on_front, weights_of
from trigforge.training.state import EpochRecord, TrainingState


def record(epoch: int, ebops: int, resolution: float, kept: float = 1.0) -> EpochRecord:
    return EpochRecord(epoch, 1.0, 0.5, 0.0, 0.5, kept, ebops, 1e-6, resolution)


HISTORY = (record(0, 900, 3.0), record(1, 400, 2.0), record(2, 450, 2.0), record(3, 100, 2.5), record(4, 90, 2.6, 0.5))


def state(epochs: int) -> TrainingState:
    """After so many epochs; the model's one variable is the number of the last."""
    return TrainingState("key", HISTORY[:epochs], (np.array([epochs - 1.0]), np.array(7)), (), (), None)


def test_the_first_of_the_best_below_a_limit() -> None:
    assert [best_below(HISTORY, limit) for limit in (1000, 420, 399, 95, 80)] == [
        HISTORY[1],
        HISTORY[1],
        HISTORY[3],
        HISTORY[4],
        None,
    ]


def test_muons_that_are_lost_make_an_epoch_worse() -> None:
    assert record(0, 1, 2.0, 0.5).badness == 4.0
    assert best_below((record(0, 1, 2.0, 0.5), record(1, 1, 3.0)), 1) == record(1, 1, 3.0)


def test_each_limit_keeps_its_best_epoch(tmp_path: Path) -> None:
    for epochs in range(1, len(HISTORY) + 1):
        keep_on_front(tmp_path, (1000, 399, 80), state(epochs))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["front_1000.npz", "front_399.npz"]
    assert [array.tolist() for array in weights_of(tmp_path, 1000)] == [[1.0], 7]
    assert [array.tolist() for array in weights_of(tmp_path, 399)] == [[3.0], 7]


@pytest.mark.parametrize("damage", [None, b"", b"PK\x03\x04 not an archive", "cut"])
def test_a_point_that_cannot_be_read(tmp_path: Path, damage: bytes | str | None) -> None:
    path = tmp_path / "front_1000.npz"
    keep_on_front(tmp_path, (1000,), state(1))
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-50] if isinstance(damage, str) else damage)
    with pytest.raises(TrainingError) as error:
        weights_of(tmp_path, 1000)
    assert str(error.value) == f"training checkpoint {path} is missing or damaged; start again with --fresh"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError) as error:
        keep_on_front(tmp_path / "file", (1000,), state(1))
    assert str(error.value) == (
        f"training checkpoint {tmp_path / 'file' / 'front_1000.npz'} cannot be written: Not a directory; "
        "free space or give --out"
    )
