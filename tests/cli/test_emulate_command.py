"""``trigforge emulate``: what it prints, what it refuses, and a Ctrl-C in the middle."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import uproot

from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.graph import save_graph

VALUES = np.random.default_rng(5).normal(size=(3000, 2)) * 4


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a graph and its events, ``in.npz``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    save_graph(SMALL, tmp_path / "small.json")
    np.savez("in.npz", x=VALUES)


def emulate(*arguments: str) -> tuple[int, str, str]:
    return invoke("emulate", "small.json", *arguments, "--engine", "reference")


def test_what_is_printed() -> None:
    code, out, err = emulate("in.npz", "out.root")
    assert (code, out) == (0, "out.root: 3,000 events\n")
    assert "Emulate out.root" in err and "3,000/3,000" in err
    with uproot.open("out.root:events") as tree:
        assert tree.keys() == ["event", "file", "y", "y_mantissa"]


def test_branches_and_tree() -> None:
    with uproot.recreate("two.root") as file:
        file["a"] = {"p": VALUES[:, 0], "q": VALUES[:, 1]}
        file["b"] = {"z": VALUES[:, 0]}
    assert emulate("in.npz", "one.npz")[0] == 0
    assert emulate("two.root", "two.npz", "--tree", "a", "--branches", "x=p,q")[0] == 0
    assert (np.load("one.npz")["y_mantissa"] == np.load("two.npz")["y_mantissa"]).all()


def test_scales_and_offsets_of_the_command_line() -> None:
    values = np.load("in.npz")["x"]
    np.savez("moved.npz", x=values / 2 + [1.0, -3.0])
    assert emulate("in.npz", "one.npz")[0] == 0
    assert emulate("moved.npz", "two.npz", "--offset", "x=1,-3", "--scale", "x=2")[0] == 0
    assert (np.load("one.npz")["y_mantissa"] == np.load("two.npz")["y_mantissa"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.root", "o.root"], "events file no.root does not exist; check the path"),
        (["no_*.root", "o.root"], "no events file matches 'no_*.root'; check the pattern"),
        (["in.npz", "o.csv"], "output file o.csv: the suffix '.csv' cannot be written; known are .root, .h5, .hdf5, "),
        (["in.npz", "in.npz"], "output file in.npz is one of the inputs; give another name"),
        (["in.npz", "."], "output file in.npz is one of the inputs; give another name"),
        (["in.npz", "there.npz"], "output file there.npz exists; give another name, or --fresh to replace it"),
        (["in.npz", "o.h5", "--rntuple"], "output file o.h5: an RNTuple needs a .root file"),
        (["in.npz", "o.h5", "--branches", "z=a"], "the model has no input 'z'; known are x"),
        (
            ["in.npz", "o.h5", "--branches", "x="],
            "--branches 'x=' is not understood; write INPUT=A,B,..., as in constituents=pt,eta,phi",
        ),
        (["in.npz", "o.h5", "--scale", "2"], "--scale '2' is not understood; write INPUT=A,B,..., as in constituents="),
        (["in.npz", "o.h5", "--scale", "x=0"], "--scale 'x=0' holds other than finite numbers above 0; write it as"),
        (["in.npz", "o.h5", "--offset", "x=1,a"], "--offset 'x=1,a' holds other than finite numbers; write it as in"),
        (["in.npz", "o.h5", "--offset", "z=1"], "the model has no input 'z'; known are x"),
        (
            ["in.npz", "o.h5", "--offset", "x=1,2,3"],
            "input 'x': shape of offset [3] does not broadcast to [2]",
        ),
        (["*/same.npz", "o"], "two of the inputs are called same.npz; give an output file that takes all events"),
        (["nan.npz", "o.h5"], "events file nan.npz: input 'x': event 2000, element [1] is nan; remove such events or "),
        (
            ["three.npz", "o.h5"],
            "events file three.npz: input 'x': events have shape [3, 3], the model takes [events, 2]",
        ),
        (["empty.npz", "o.h5"], "events file empty.npz holds no events; give at least one"),
        (["other.npz", "o.h5"], "events file other.npz holds no array 'x'; known are y; if"),
        (["torn.root", "o.h5"], "events file torn.root cannot be read as ROOT ("),
        (["in.npz", "in.npz/o.h5"], "output in.npz/o.h5: Not a directory; "),
    ],
)
def test_what_is_refused(arguments: list[str], message: str) -> None:
    values = VALUES.copy()
    values[2000, 1] = np.nan
    np.savez("nan.npz", x=values)
    np.savez("three.npz", x=np.zeros((3, 3)))
    np.savez("empty.npz", x=VALUES[:0])
    np.savez("other.npz", y=VALUES)
    np.savez("there.npz", y=VALUES)
    Path("torn.root").write_bytes(b"root\x00 and no more")
    for folder in ("a", "b"):
        Path(folder).mkdir()
        np.savez(f"{folder}/same.npz", x=VALUES)
    before = sorted(Path().rglob("*"))
    code, out, err = emulate(*arguments)
    assert (code, out) == (1, "")
    lines = [line for line in err.splitlines() if line.startswith("trigforge: ")]
    assert len(lines) == 1 and "Traceback" not in err
    assert lines[0].removeprefix("trigforge: ").startswith(message)
    assert sorted(Path().rglob("*")) == before


def test_scheduler_and_workers_exclude_each_other() -> None:
    code, _, err = emulate("in.npz", "o.h5", "--scheduler", "tcp://here:1", "--workers", "2")
    assert code == 2 and "--scheduler and --workers exclude each other" in err


def test_an_interrupted_run_goes_on_where_it_stopped() -> None:
    np.savez("long.npz", x=np.tile(VALUES, (100, 1)))
    arguments = ["emulate", "small.json", "long.npz", "out.root", "--engine", "reference", "--partition", "500"]
    running = subprocess.Popen([sys.executable, "-m", "trigforge.cli", *arguments], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while len(list(Path(".out.root.parts").glob("*.part"))) < 10 and time.monotonic() < until:
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err.rstrip().splitlines()[-1].startswith("trigforge: interrupted; run the same command again")
    assert not Path("out.root").exists()
    code, out, _ = invoke(*arguments)
    assert code == 0 and out.startswith("out.root: 300,000 events, ") and out.endswith("of them by an earlier run\n")
    assert invoke(*[argument.replace("out.root", "whole.root") for argument in arguments])[0] == 0
    assert Path("out.root").read_bytes() == Path("whole.root").read_bytes()
    assert not Path(".out.root.parts").exists()
