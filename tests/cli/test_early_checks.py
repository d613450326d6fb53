"""Files that a command is given are checked before its model is read."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.graph import save_graph


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model that nothing may read."""
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "small.json")
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 and no more")
    np.save(tmp_path / "good.npy", np.zeros((5, 2)))

    def read(*_: object, **__: object) -> None:
        raise AssertionError("the model was read")

    for room in ("commands", "coverage", "exporting", "emulating"):
        monkeypatch.setattr(f"trigforge.flow.{room}.read_told", read)


@pytest.mark.parametrize(
    "command",
    [
        ("synth", "small.json", "--events"),
        ("verify", "small.json", "--events"),
        ("coverage", "small.json", "--events"),
        ("export", "patterns", "small.json", "--events"),
        ("emulate", "small.json"),
    ],
)
@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("none.root", "events file none.root does not exist; check the path"),
        ("events.txt", "events file events.txt: the suffix '.txt' is unknown; known are "),
        ("damaged.npz", "events file damaged.npz"),
    ],
)
def test_files_of_events(command: tuple[str, ...], file: str, message: str) -> None:
    code, out, err = invoke(*command, file)
    assert (code, out) == (1, "") and err.startswith(f"trigforge: {message}")


@pytest.mark.parametrize("command", ["synth", "verify"])
@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("none.npz", "events file none.npz does not exist; check the path"),
        ("none.tfw", "register image none.tfw: No such file or directory; check the path"),
    ],
)
def test_files_of_registers(command: str, file: str, message: str) -> None:
    assert invoke(command, "small.json", "--registers", file) == (1, "", f"trigforge: {message}\n")


def test_only_names_a_route() -> None:
    code, _, err = invoke("synth", "small.json", "--only", "vhdl")
    assert code == 2 and "'vhdl' is not one of 'rtl', 'hls'" in err
