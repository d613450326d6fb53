"""``trigforge rate``: what it prints and writes, of one file with labels and of two, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import uproot

from tests.cli.test_cli import invoke
from tests.trigger_networks import TRIGGER, classifier, described, drawn
from trigforge.emulator import run
from trigforge.graph import save_graph
from trigforge.menu import from_json

LABELS = np.random.default_rng(6).integers(0, 6, 4000)
MANTISSAS = drawn(4000)
MODEL = """name = "tagger"
version = 3
checkpoint = "graph.json"
[events]
file = "events.npz"
[trigger]
name = "tagged"
signal = [2, 3, 4]
background = [0, 1]
threshold = 1.3
"""
RATE = '[trigger.rate]\ncross_section_pb = 5.0\nlabel = "kind"\n'


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``models/tagger`` with 4,000 events of six labels, and the folder of the model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "models" / "tagger"
    folder.mkdir(parents=True)
    save_graph(classifier(), folder / "graph.json")
    (folder / "model.toml").write_text(MODEL + RATE)
    values = MANTISSAS * 2.0**-5
    words, few = LABELS.astype(str), LABELS[:100]
    np.savez(folder / "events.npz", x=values, kind=LABELS, minus=-LABELS, words=words, few=few)
    np.savez("signal.npz", x=values[np.isin(LABELS, (2, 3, 4))])
    np.savez("qcd_1.npz", x=values[LABELS == 0])
    np.savez("qcd_2.npz", x=values[LABELS == 1])
    return folder


def rate(*arguments: str) -> tuple[int, str, str]:
    return invoke("rate", "tagger", *arguments, "--engine", "reference")


def bits() -> np.ndarray:
    network = classifier()
    logits = run(network, {"x": MANTISSAS}).values(network)["classes"]
    return described(logits, TRIGGER)[1][:, 0]


def test_the_events_of_the_folder() -> None:
    code, out, err = rate()
    assert code == 0
    found = from_json(Path("build/tagger/rate/rate.json").read_text())
    signal, background = np.isin(LABELS, (2, 3, 4)), np.isin(LABELS, (0, 1))
    assert (found.signal_events, found.background_events) == (signal.sum(), background.sum())
    point = found.working_point
    assert (point.signal_passing, point.background_passing) == (bits()[signal].sum(), bits()[background].sum())
    assert out.startswith(f"tagger, bit tagged: {signal.sum():,} signal and {background.sum():,} background events\n")
    assert "rate: 7.5e+34 /(cm2 s) x 5 pb = 375 mHz, times the share that passes" in out
    assert f"{(LABELS == 5).sum()} events are of neither kind and left out; labels are 0, 1, 2, 3, 4, 5" in err
    assert Path("build/tagger/rate/rate.svg").is_file()


def test_two_kinds_of_files_give_the_same_curve() -> None:
    assert rate()[0] == 0
    code, out, _ = rate("signal.npz", "qcd_*.npz", "--out", "elsewhere")
    assert code == 0 and "all points: elsewhere/rate.json, picture: elsewhere/rate.svg" in out
    assert Path("elsewhere/rate.json").read_text() == Path("build/tagger/rate/rate.json").read_text()
    assert Path("elsewhere/rate.svg").read_bytes() == Path("build/tagger/rate/rate.svg").read_bytes()


def test_every_format_and_both_engines_give_the_same_curve(workspace: Path) -> None:
    import h5py

    values = MANTISSAS * 2.0**-5
    with uproot.recreate("jets.root") as file:
        file["jets"] = {**{f"x{n}": values[:, n] for n in range(4)}, "kind": LABELS.astype(np.int8)}
    with h5py.File("jets.h5", "w") as file:
        file["x"], file["kind"] = values, LABELS
    columns = ("--tree", "jets", "--branches", "x=x0,x1,x2,x3")
    assert rate()[0] == 0
    expected = Path("build/tagger/rate/rate.json").read_text()
    for arguments in (("jets.root", *columns), ("jets.h5",)):
        assert rate(*arguments, "--out", "again")[0] == 0
        assert Path("again/rate.json").read_text() == expected
    assert invoke("rate", "tagger", "--engine", "native", "--out", "again")[0] == 0
    assert Path("again/rate.json").read_text() == expected


def test_classes_and_physics_of_the_command_line() -> None:
    arguments = ("--signal-classes", "4, 5", "--cross-section", "2", "--luminosity", "1e34", "--label", "kind")
    assert rate(*arguments)[0] == 0
    found = from_json(Path("build/tagger/rate/rate.json").read_text())
    assert (found.signal_events, found.background_events) == ((LABELS >= 4).sum(), (LABELS < 4).sum())
    assert (found.luminosity, found.cross_section_pb, found.total_hz) == (1e34, 2.0, 1e34 * 1e-36 * 2.0)


def test_negative_classes() -> None:
    assert rate("--label", "minus", "--signal-classes", "-4,-3", "--background-classes", "0")[0] == 0
    found = from_json(Path("build/tagger/rate/rate.json").read_text())
    assert (found.signal_events, found.background_events) == (np.isin(LABELS, (3, 4)).sum(), (LABELS == 0).sum())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["signal.npz"], "events file signal.npz holds no array 'kind'; known are x"),
        (["no.npz", "qcd_1.npz"], "events file no.npz does not exist; check the path"),
        (["signal.npz", "none_*.npz"], "no events file matches 'none_*.npz'; check the pattern"),
        (["--label", "knid"], "'knid'"),
        (["--signal-classes", "9"], "no event is signal: the labels 'kind' are 0, 1, 2, 3, 4, 5; name those of each"),
        (["--background-classes", "1,2"], "class 2 is both signal and background; leave it in one"),
        (["--cross-section", "-3"], "cross_section_pb = -3 should be a number of pb above 0"),
        (["--cross-section", "nan"], "cross_section_pb = nan should be a number of pb above 0"),
        (["--luminosity", "1e308", "--cross-section", "1e308"], "luminosity = 1e+308 times cross_section_pb is beyond"),
        (["--label", "x"], "'x' is not one number an event; name a column of classes"),
        (["--label", "words"], "'words' is not one number an event; name a column of classes"),
        (["--label", "few"], "'few' holds 100 labels, fewer than there are events; label each"),
        (["--luminosity", "0"], "luminosity = 0 should be a number of 1/(cm2 s) above 0, as 7.5e34"),
        (["--luminosity", "inf"], "luminosity = inf should be a number of 1/(cm2 s) above 0, as 7.5e34"),
        (["--branches", "y=a"], "the model has no input 'y'; known are x"),
        (["signal.npz", "qcd_1.npz", "--branches", "x"], "--branches 'x' is not understood"),
    ],
)
def test_what_is_refused_in_one_line(arguments: list[str], message: str) -> None:
    code, _, err = rate(*arguments)
    assert code == 1
    assert message in err.splitlines()[-1] and err.splitlines()[-1].startswith("trigforge: ")


def test_a_wrong_command_line() -> None:
    code, _, err = rate("signal.npz", "qcd_1.npz", "--label", "kind")
    assert code == 2 and "two files hold one kind each; leave out the labels, or give one file." in err
    code, _, err = rate("--signal-classes", "a,2")
    assert code == 2 and "'a,2' should be numbers of classes, as in 2,3,4" in err


def test_a_model_that_says_too_little(workspace: Path) -> None:
    (workspace / "model.toml").write_text(MODEL)
    assert "one file cannot be told apart into signal and background" in rate("--cross-section", "1")[2]
    assert "the cross section of the background is not known; give --cross-section in pb" in rate()[2]
    (workspace / "model.toml").write_text(MODEL.partition("[trigger]")[0])
    assert "model.toml has no table [trigger]; write one into the model.toml of a folder" in rate()[2]
    (workspace / "model.toml").write_text(MODEL.replace('[events]\nfile = "events.npz"\n', "") + RATE)
    assert "no events are given and the model folder names none" in rate()[2]
    graph = str(workspace / "graph.json")
    assert "is a plain file, so it has no table [trigger]" in invoke("rate", graph)[2]


@pytest.mark.parametrize(
    ("tables", "faults"),
    [
        ("[trigger.rate]\ncross_section_pb = 0\n", ["cross_section_pb = 0 should be a number of pb above 0"]),
        ("[trigger.rate]\nluminosity = -1.0\nlabl = 'a'\n", ["luminosity = -1", "unknown key 'labl'"]),
        ("[trigger.hold]\n", ["it limits nothing; give signal_efficiency, rate_hz or both"]),
        ("[trigger.hold]\nsignal_efficiency = 60\n", ["signal_efficiency = 60 should be a share above 0, at most 1"]),
        ("[trigger.hold]\nrate_hz = 3.0\n", ["rate_hz needs cross_section_pb in [trigger.rate]"]),
        ("[trigger.hold]\nrate_khz = 3.0\n", ["unknown key 'rate_khz'; nearest is 'rate_hz'"]),
        ("[trigger.rates]\nx = 1\n", ["unknown key 'rates'; nearest is 'rate'"]),
    ],
)
def test_faults_of_the_tables(workspace: Path, tables: str, faults: list[str]) -> None:
    (workspace / "model.toml").write_text(MODEL + tables)
    code, _, err = rate()
    assert code == 1 and all(fault in err for fault in faults), err


def test_without_matplotlib_the_rest_is_there() -> None:
    script = "import sys; sys.modules['matplotlib'] = None; from trigforge.cli import main; main()"
    command = [sys.executable, "-c", script, "rate", "tagger", "--engine", "reference"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 4 and "Without it, the table and rate.json are there" in done.stderr
    assert "tagger, bit tagged" in done.stdout and Path("build/tagger/rate/rate.json").is_file()
