"""`python -m datasets.jets`: the text a person sees, and errors of one line."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from datasets.jets import SAMPLE_PATH, cli, events
from datasets.jets.errors import JetDataError, missing_generator


def test_help_teaches() -> None:
    text = CliRunner().invoke(cli.cli, ["--help"]).output
    assert "not that benchmark" in text
    text = CliRunner().invoke(cli.cli, ["generate", "--help"]).output
    for word in ("--jets", "--seed", "--out", "--workers", "--split", "Examples:", "train 200,000"):
        assert word in text


def test_inspect_the_sample(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the figure needs the extra [plot]")
    result = CliRunner().invoke(cli.cli, ["inspect", str(SAMPLE_PATH), "--plot", str(tmp_path / "a" / "jets.png")])
    assert result.exit_code == 0
    assert "10,000 jets, simulated here, not the public benchmark" in " ".join(result.output.split())
    assert (tmp_path / "a" / "jets.png").read_bytes().startswith(b"\x89PNG")


def test_inspect_a_missing_file_is_one_line() -> None:
    command = [sys.executable, "-m", "datasets.jets", "inspect", "nowhere.root"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(cli.__file__).parents[2])
    assert done.returncode == 1
    assert done.stderr == "error: nowhere.root: no such file; generate jets with `trigforge data jets generate`\n"
    assert done.stdout == ""


def test_jets_without_split_are_refused() -> None:
    result = CliRunner().invoke(cli.cli, ["generate", "--jets", "10"])
    assert result.exit_code == 2
    assert "--jets needs --split" in result.output


def test_without_pythia_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythia8mc", None)
    with pytest.raises(JetDataError) as caught:
        events.start_pythia("g", 1)
    assert str(caught.value) == (
        "generating jets needs Pythia 8 (pythia8mc), which is not installed: install the extra [generate] "
        "(pip install 'trigforge[generate]'), or use the sample in datasets/jets"
    )
    assert str(caught.value) == str(missing_generator("Pythia 8 (pythia8mc)"))


def test_the_cross_section_of_qcd_jets(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pythia8mc", None)
        refused = CliRunner().invoke(cli.cli, ["cross-section"])
        assert str(refused.exception) == str(missing_generator("Pythia 8 (pythia8mc)"))
    pytest.importorskip("pythia8mc", reason="the extra [generate] (Pythia 8) is not installed")
    result = CliRunner().invoke(cli.cli, ["cross-section", "--collisions", "2000"])
    found, error = (float(word) for word in result.output.split(": ")[1].split(" pb")[0].split(" +- "))
    assert abs(found - 5.424) < 4 * error < 0.4


def test_generate_twice_keeps(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc", reason="the extra [generate] (Pythia 8) is not installed")
    command = ["generate", "--split", "test", "--jets", "10", "--out", str(tmp_path), "--workers", "1"]
    first, second = (CliRunner().invoke(cli.cli, command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "(1 shards made, 0 kept)" in first.output
    assert "(0 shards made, 1 kept)" in second.output


def test_compact(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli.cli, ["compact", str(SAMPLE_PATH), "--out", str(tmp_path / "a.root"), "--particles", "2"]
    )
    assert result.exit_code == 0
    assert "10,000 jets" in result.output
