"""``trigforge weights`` on a graph file, and the image where other commands take registers."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.export.graphs import SEVERAL
from tests.small_graph import SMALL
from trigforge.cli.main import main
from trigforge.graph import save_graph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_graph(SEVERAL, tmp_path / "several.json")
    save_graph(SMALL, tmp_path / "small.json")
    np.savez(tmp_path / "weights.npz", gain=np.array([1.25]))
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr.splitlines()[-1] if result.stderr else ""


@pytest.mark.parametrize("command", [[], ["pack"], ["inspect"]])
def test_help_teaches(command: list[str]) -> None:
    code, out, _ = invoke("weights", *command, "--help")
    assert code == 0 and "IMAGE" in out


@pytest.mark.usefixtures("folder")
def test_pack_inspect_and_emulate() -> None:
    code, out, _ = invoke("weights", "pack", "several.json", "weights.npz", "weights.tfw")
    told = f"weights.tfw: 1 words, model {SEVERAL.digest[:8]}, checksum "
    assert code == 0 and out.startswith(told)
    code, out, _ = invoke("weights", "inspect", "weights.tfw")
    assert code == 0 and out.startswith(told) and len(out.splitlines()) == 1
    code, out, _ = invoke("weights", "inspect", "weights.tfw", "several.json")
    assert code == 0 and out.splitlines()[-1].split() == ["gain", "1", "0", "1.25", "1.25"]
    np.savez("events.npz", x=np.ones((3, 2, 2)), y=np.ones((3, 2)))
    for given, out_path in (("weights.npz", "a.npz"), ("weights.tfw", "b.npz")):
        code, _, error = invoke("emulate", "several.json", "events.npz", out_path, "--registers", given)
        assert code == 0, error
    with np.load("a.npz") as first, np.load("b.npz") as second:
        assert first.files == second.files
        assert all(np.array_equal(first[name], second[name]) for name in first.files)


def test_what_is_wrong_is_told_in_one_line(folder: Path) -> None:
    invoke("weights", "pack", "several.json", "weights.npz", "weights.tfw")
    assert invoke("weights", "pack", "small.json", "weights.npz", "none.tfw")[::2] == (
        1,
        "trigforge: the model 'small' has no weights that are reloaded at run time: all of them are constants",
    )
    assert not (folder / "none.tfw").exists()
    code, _, error = invoke("weights", "inspect", "weights.tfw", "small.json")
    assert code == 1 and "has no weights that are reloaded" in error
    (folder / "weights.tfw").write_bytes(b"TFW1" + bytes(40))
    code, _, error = invoke("weights", "inspect", "weights.tfw")
    assert (code, error) == (
        1,
        "trigforge: register image weights.tfw has 44 bytes and says 16; it is cut off or damaged: pack it anew",
    )
    np.savez(folder / "weights.npz", other=np.array([1.0]))
    code, _, error = invoke("weights", "pack", "several.json", "weights.npz", "new.tfw")
    assert code == 1 and "gain" in error and not (folder / "new.tfw").exists()
