"""`python -m datasets.calorimeter`: what a person sees, resuming, pictures, and refusals of one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from datasets.calorimeter import (
    SAMPLE_PATH,
    CalorimeterDataError,
    Modules,
    particles,
    production,
    read_modules,
    read_root,
    write_root,
)
from datasets.calorimeter.cli import cli
from datasets.calorimeter.errors import missing_generator
from datasets.calorimeter.production import SPLIT_MODULES, plan_shards
from datasets.shards import ShardRequest


def test_help_teaches() -> None:
    text = " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
    assert "neither its data nor CMS simulation" in text
    text = CliRunner().invoke(cli, ["generate", "--help"]).output
    for word in ("--modules", "--seed", "--pileup", "--layer", "--minimum-bias", "Examples:", "train 500,000"):
        assert word in text


def test_generate_twice_keeps_and_a_damaged_shard_is_made_again(tmp_path: Path) -> None:
    command = ["generate", "--split", "test", "--modules", "500", "--shard-modules", "300", "--pileup", "20"]
    command += ["--layer", "9", "--workers", "1", "--out", str(tmp_path)]
    first, second = (CliRunner().invoke(cli, command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "test: 500 modules in" in first.output and "(2 shards made, 0 kept)" in first.output
    assert "(0 shards made, 2 kept)" in second.output
    before = read_modules(tmp_path / "test")
    (tmp_path / "test" / "test_001.root").write_bytes(b"half")
    assert "(1 shards made, 1 kept)" in CliRunner().invoke(cli, command).output
    again = read_modules(tmp_path / "test")
    assert len(again) == 500 and np.array_equal(before.calq, again.calq)
    changed = CliRunner().invoke(cli, [*command, "--noise", "0.3"])
    assert "(2 shards made, 0 kept)" in changed.output


def test_no_two_shards_of_any_split_share_a_seed() -> None:
    seeds = [r.seed for split, n in SPLIT_MODULES.items() for r in plan_shards(Path("x"), split, n, 2024, 25_000)]
    assert len(set(seeds)) == len(seeds) == sum(SPLIT_MODULES.values()) // 25_000


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = production._make

    def interrupted(conditions: object, request: ShardRequest) -> str:
        if request.path.name == "val_001.root":
            raise KeyboardInterrupt
        return make(conditions, request)  # type: ignore[arg-type]

    command = ["generate", "--split", "val", "--modules", "200", "--shard-modules", "100", "--pileup", "0"]
    command += ["--workers", "1", "--out", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr(production, "_make", interrupted)
        assert CliRunner().invoke(cli, command).exit_code != 0
    assert "(1 shards made, 1 kept)" in CliRunner().invoke(cli, command).output


def test_sample_inspect_and_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [plot]")
    path = tmp_path / "new" / "s.root"
    made = CliRunner().invoke(
        cli, ["sample", "--modules", "300", "--pileup", "0", "--pileup", "30", "--out", str(path)]
    )
    assert made.exit_code == 0 and f"{path}: 300 modules, " in made.output
    looked = CliRunner().invoke(cli, ["inspect", str(path), "--figure", str(tmp_path / "d.png")])
    assert looked.exit_code == 0 and "pile-up 30" in looked.output and "300 modules" in looked.output
    changed = read_root(path)
    write_root(tmp_path / "t.root", Modules(changed.calq // 2, changed.truth))
    for arguments, name in (
        (["--normalised", "--after", str(tmp_path / "t.root"), "--module", "7"], "three.png"),
        (["--module", "3", "--module", "299"], "two.png"),
        (["--limit", "1"], "one.svg"),
    ):
        drawn = CliRunner().invoke(cli, ["plot", str(path), "--out", str(tmp_path / name), *arguments])
        assert drawn.exit_code == 0, drawn.output
    for name in ("d.png", "three.png", "two.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_modules_without_truth_can_be_looked_at(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [plot]")
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(["0"] * 48), ",".join(["35"] * 48)]))
    empty = tmp_path / "empty.csv"
    empty.write_text(",".join(["0"] * 48))
    looked = CliRunner().invoke(cli, ["inspect", str(empty), "--no-header", "--figure", str(tmp_path / "e.png")])
    assert looked.exit_code == 0
    looked = CliRunner().invoke(cli, ["inspect", str(path), "--no-header", "--figure", str(tmp_path / "d.png")])
    assert looked.exit_code == 0 and "all modules" in looked.output
    drawn = CliRunner().invoke(
        cli, ["plot", str(path), "--no-header", "--normalised", "--out", str(tmp_path / "m.png")]
    )
    assert drawn.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "no.csv"], "no.csv: no such file; check the path"),
        (
            ["plot", str(SAMPLE_PATH), "--module", "30000", "--out", "x.png"],
            "there is no module 30000 among 30,000; numbers start at 0",
        ),
        (["plot", str(SAMPLE_PATH), *["--module", "1"] * 13, "--out", "x.png"], "13 modules to draw; choose 1 to 12"),
        (["sample", "--share", "2", "--out", "x.root"], "share is 2; give a share above 0, at most 1"),
        (["generate", "--split", "val", "--noise", "-1"], "noise_mip is -1; give MIPs from 0 to 1000"),
        (["plot", str(SAMPLE_PATH), "--limit", "5", "--out", "x.xyz"], "cannot write the figure x.xyz: "),
    ],
)
def test_requests_that_are_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, CalorimeterDataError)
    assert str(result.exception).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_files_of_unequal_length_are_no_before_and_after(tmp_path: Path) -> None:
    write_root(tmp_path / "a.root", read_root(limit=5))
    result = CliRunner().invoke(
        cli, ["plot", str(SAMPLE_PATH), "--after", str(tmp_path / "a.root"), "--out", str(tmp_path / "x.png")]
    )
    assert str(result.exception) == (
        f"{tmp_path / 'a.root'} holds 5 modules and {SAMPLE_PATH} 30,000; give the same modules, in the same order"
    )


def test_modules_without_split_are_refused() -> None:
    result = CliRunner().invoke(cli, ["generate", "--modules", "10"])
    assert result.exit_code == 2 and "--modules needs --split" in result.output


def test_without_pythia_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythia8mc", None)
    with pytest.raises(CalorimeterDataError) as caught:
        particles.PythiaCollisions(1)
    assert str(caught.value) == str(missing_generator("pythia8mc"))


def test_an_error_is_one_line_on_stderr(repository: Path) -> None:
    command = [sys.executable, "-m", "datasets.calorimeter", "inspect", "nowhere.root"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=repository)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: nowhere.root: no such file; make modules with `python -m datasets.calorimeter generate`\n"
    )
