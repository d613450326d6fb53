"""Checkpoints: what is written is read back, and what cannot be used says so in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trigforge.errors import TrainingError
from trigforge.training.state import EpochRecord, TrainingState, load_state, save_state

RECORD = EpochRecord(0, 1.5, 0.7, 0.8, {"resolution": 0.4, "kept": 0.5}, 1000, 1e-6)
STATE = TrainingState("key", (RECORD,), (np.arange(3.0), np.array(2)), (np.zeros((2, 2)),), {0: (np.ones(3),)})


def test_a_state_is_read_back(tmp_path: Path) -> None:
    save_state(tmp_path / "new" / "state.npz", STATE)
    read = load_state(tmp_path / "new" / "state.npz", "key")
    assert read is not None
    assert (read.key, read.history, [*read.kept]) == ("key", (RECORD,), [0])
    for ours, theirs in ((read.model, STATE.model), (read.optimizer, STATE.optimizer), (read.kept[0], STATE.kept[0])):
        assert [a.tolist() for a in ours] == [a.tolist() for a in theirs]
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["state.npz"]


def test_no_state_is_no_error(tmp_path: Path) -> None:
    assert load_state(tmp_path / "state.npz", "key") is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not an archive", None])
def test_a_damaged_state(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "state.npz"
    save_state(path, STATE)
    path.write_bytes(path.read_bytes()[:-200] if damage is None else damage)
    with pytest.raises(TrainingError) as error:
        load_state(path, "key")
    assert str(error.value) == f"training checkpoint {path} is damaged; remove it, or start again with --fresh"


def test_an_archive_of_something_else_is_damaged_too(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    np.savez(path, x=np.zeros(3))
    with pytest.raises(TrainingError, match="is damaged; remove it, or start again with --fresh"):
        load_state(path, "key")


def test_a_state_of_another_training(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_state(path, STATE)
    with pytest.raises(TrainingError) as error:
        load_state(path, "another")
    assert str(error.value) == (
        f"training checkpoint {path} belongs to another recipe, other data or another number of epochs; "
        "restore those, or start again with --fresh"
    )


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "state.npz"
    with pytest.raises(TrainingError) as error:
        save_state(path, STATE)
    assert str(error.value) == f"training checkpoint {path} cannot be written: File exists; free space or give --out"
