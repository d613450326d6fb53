"""The command line teaches, and says errors in one line."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from trigforge.cli import main


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", [[], ["synth"], ["verify"], ["train"], ["data"]])
def test_help_teaches(command: list[str]) -> None:
    code, out, _ = invoke(*command, "--help")
    assert code == 0
    assert "Usage:" in out and len(out.splitlines()) > 6


def test_help_says_what_exit_codes_mean() -> None:
    assert "3 simulators disagree" in " ".join(invoke("--help")[1].split())


def test_version() -> None:
    code, out, _ = invoke("--version")
    assert code == 0 and out.startswith("trigforge, version ")


def test_unknown_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("synth", "nothing") == (
        1,
        "",
        "trigforge: 'nothing' is neither a model file (.keras, .h5, .hdf5, .onnx, .pt2, .json) nor a folder with a "
        "model.toml; models here: none\n",
    )


def test_missing_model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("synth", "my.keras") == (1, "", "trigforge: model file my.keras does not exist; check the path\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 3\nversion = 1\ncheckpoint = 'm'", "name = 3 should be text"),
        ("name = 'm'\nversion = 1", "checkpoint is missing; text belongs there"),
        (
            "colour = 'red'",
            "unknown key 'colour'; known are name, version, checkpoint, design, types, events, inputs, registers, "
            "candidates, normalised, trigger",
        ),
        ("inputs = 3", "inputs = 3 should be a table"),
        ("inputs.x = 3", "[inputs] x = 3 is no table; write what an input is below a line [inputs.x]"),
        ("[events]\ntree = 't'", "[events] file is missing; text belongs there"),
        *(
            (
                f"[inputs.x]\nscale = {text}",
                f"[inputs.x] scale = {shown} should be a finite number above 0, or a list of such",
            )
            for text, shown in [
                ("'a'", "'a'"),
                ("0.0", "0.0"),
                ("-1", "-1"),
                ("nan", "nan"),
                ("[1.0, inf]", "[1.0, inf]"),
                ("true", "True"),
                ("[]", "[]"),
                ("[[1, 2], [3]]", "[[1, 2], [3]]"),
            ]
        ),
        *(
            (
                f"[inputs.x]\nbranches = {text}",
                f'[inputs.x] branches = {shown} should be a list of columns, as in ["pt", "eta"]',
            )
            for text, shown in [("1.5", "1.5"), ("'abc'", "'abc'"), ("[1]", "[1]"), ("[]", "[]")]
        ),
        ("[inputs.x]\nnan_policy = 'KEEP'", "[inputs.x] nan_policy = 'KEEP' is unknown; known are REFUSE, ZERO"),
        ("[inputs.x]\nscales = 1", "[inputs.x] unknown key 'scales'; nearest is 'scale'"),
    ],
)
def test_model_toml_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "models" / "m"
    folder.mkdir(parents=True)
    complete = 'name = "m"\nversion = 1\ncheckpoint = "m.keras"\n'
    (folder / "model.toml").write_text(text if text.startswith("name") else complete + text)
    code, _, err = invoke("synth", "m")
    assert code == 1
    assert err.replace(f"{tmp_path}/", "") == f"trigforge: model description models/m/model.toml: {message}\n"


def test_all_faults_of_model_toml_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.toml").write_text("version = 1\n[inputs.x]\nscale = 0\nbranches = 'pt'\n")
    code, _, err = invoke("synth", ".")
    assert code == 1
    assert err.splitlines() == [
        "trigforge: model description model.toml has 4 faults:",
        "              name is missing; text belongs there",
        "              checkpoint is missing; text belongs there",
        '  [inputs.x]  branches = \'pt\' should be a list of columns, as in ["pt", "eta"]',
        "  [inputs.x]  scale = 0 should be a finite number above 0, or a list of such",
    ]


def test_training_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.keras").write_bytes(b"")
    code, _, err = invoke("train", "m.keras")
    assert code == 1
    assert err == "trigforge: m.keras is a file; training needs a model folder with a recipe.py\n"


def test_data_lists_and_launches_what_the_workspace_holds(repository: Path) -> None:
    command = [sys.executable, "-m", "trigforge.cli", "data"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
    assert "Data sets here: calorimeter, flavour, jets, muon" in listed
    for arguments in (["jets", "--help"], ["jets", "generate", "--help"], ["muon", "generate", "--help"]):
        text = subprocess.run([*command, *arguments], cwd=repository, capture_output=True, text=True, check=True).stdout
        assert text.startswith(f"Usage: trigforge data {arguments[0]}")
    absent = subprocess.run([*command, "kaons"], cwd=repository, capture_output=True, text=True, check=False)
    assert absent.returncode == 1
    assert (
        absent.stderr
        == "trigforge: there is no data set 'kaons' in datasets/; found calorimeter, flavour, jets, muon\n"
    )
