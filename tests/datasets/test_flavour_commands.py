"""`python -m datasets.flavour`: what a person sees, resuming, pictures, and refusals of one line."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from datasets.flavour import SAMPLE_PATH, FlavourDataError, events, production, read_flavour
from datasets.flavour import cli as cli_module
from datasets.flavour.cli import SHARD_JETS, cli
from datasets.flavour.errors import missing_generator
from datasets.flavour.files import read_table
from datasets.flavour.generator import JetTable
from datasets.flavour.production import SPLIT_JETS, plan_shards
from models import flavour
from trigforge.errors import TrainingError


def drawn(jets: int, seed: int) -> JetTable:
    """Jets of the sample, other ones for another seed."""
    return read_table(SAMPLE_PATH).take(np.random.default_rng(seed).integers(0, 12_000, jets))


def test_help_teaches() -> None:
    assert "They are no public sample" in " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
    text = CliRunner().invoke(cli, ["generate", "--help"]).output
    for word in ("--jets", "--seed", "--out", "--workers", "--split", "Examples:", "train 300,000"):
        assert word in text


def test_generate_twice_keeps_and_a_damaged_shard_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (production, cli_module):
        monkeypatch.setattr(module, "generate_jets", drawn)
    command = ["generate", "--split", "test", "--jets", "9", "--shard-jets", "6", "--workers", "1"]
    command += ["--out", str(tmp_path)]
    first, second = (CliRunner().invoke(cli, command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "test: 9 jets in" in first.output and "(2 shards made, 0 kept)" in first.output
    assert "(0 shards made, 2 kept)" in second.output
    before = read_flavour(tmp_path / "test")
    (tmp_path / "test" / "test_001.root").write_bytes(b"half")
    assert "(1 shards made, 1 kept)" in CliRunner().invoke(cli, command).output
    assert np.array_equal(before.tracks, read_flavour(tmp_path / "test").tracks)
    made = CliRunner().invoke(cli, ["sample", "--jets", "6", "--out", str(tmp_path / "s.root")])
    assert made.exit_code == 0 and "s.root: 6 jets, " in made.output


def test_no_two_shards_of_any_split_share_a_seed() -> None:
    requests = [plan_shards(Path("x"), split, n, 2024, SHARD_JETS) for split, n in SPLIT_JETS.items()]
    seeds = [request.seed for several in requests for request in several]
    assert len(set(seeds)) == len(seeds) == 28


def test_the_recipe_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = production.recipe_digest()
    assert production.recipe_digest() == before
    monkeypatch.setattr(events, "HADRON_PT_GEV", 6.0)
    assert production.recipe_digest() != before


def test_inspect_the_sample(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the figure needs the extra [plot]")
    picture = tmp_path / "new" / "a.png"
    result = CliRunner().invoke(cli, ["inspect", str(SAMPLE_PATH), "--figure", str(picture)])
    assert result.exit_code == 0, result.output
    assert "12,000 jets" in result.output and "4,000" in result.output
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_inspect_a_public_file(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the figure needs the extra [plot]")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for part in ("train", "test"):
            file[f"x_{part}"], file[f"y_{part}"] = np.zeros((2, 15, 6)), np.array([0, 1])
    command = ["inspect", str(tmp_path / "a.h5"), "--part", "test", "--order", "light, c, b"]
    result = CliRunner().invoke(cli, [*command, "--figure", str(tmp_path / "a.svg")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "no.h5"], "no.h5: no such file; check the path"),
        (["inspect", str(SAMPLE_PATH), "--order", "b,c"], "order b, c; name each of b, c, light once"),
        (["inspect", str(SAMPLE_PATH), "--limit", "9", "--figure", "x.xyz"], "cannot write the figure x.xyz: "),
        (
            ["generate", "--split", "val", "--jets", "10"],
            "10 jets in shards of 15000: both must be positive multiples ",
        ),
        (["sample", "--jets", "4", "--out", "x.root"], "4 jets in shards of 4: both must be positive multiples of 3"),
    ],
)
def test_requests_that_are_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, FlavourDataError)
    assert str(result.exception).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_jets_without_split_are_refused() -> None:
    result = CliRunner().invoke(cli, ["generate", "--jets", "9"])
    assert result.exit_code == 2 and "--jets needs --split" in result.output


def test_without_pythia_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythia8mc", None)
    with pytest.raises(FlavourDataError) as caught:
        events.start_pythia("ttbar", 1)
    assert str(caught.value) == str(missing_generator("Pythia 8 (pythia8mc)"))


def test_an_error_is_one_line_on_stderr(repository: Path) -> None:
    command = [sys.executable, "-m", "datasets.flavour", "inspect", "nowhere.root"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=repository)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: nowhere.root: no such file; generate jets with `trigforge data flavour generate`\n"


def test_the_loader_of_the_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = flavour.loader()("sample")
    assert made.features.shape == (12_000, 15, 6) and np.bincount(made.labels).tolist() == [4000] * 3
    assert (np.abs(made.features) <= flavour.LIMITS).all()
    raw = read_flavour(SAMPLE_PATH).tracks * flavour.UNITS
    inside = np.abs(raw) <= flavour.LIMITS
    assert inside.mean() > 0.98 and np.array_equal(made.features[inside], raw[inside])
    monkeypatch.setattr(flavour, "JETS", tmp_path)
    with pytest.raises(
        TrainingError, match=r"^jets for 'validation': .*val: no such file or .*; `trigforge data flavour gen"
    ):
        flavour.loader()("validation")
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "a.root").write_bytes(SAMPLE_PATH.read_bytes())
    with pytest.raises(TrainingError, match=r"train holds 12,000 jets, training needs 150,000; finish `trigforge data"):
        flavour.loader()("train")
