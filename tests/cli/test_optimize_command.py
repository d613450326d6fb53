"""``trigforge optimize``: what it prints and keeps, how it goes on, and what it refuses."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_cli import invoke
from tests.dense_network import dense_network
from tests.small_graph import SMALL
from trigforge.adders import finding, kept
from trigforge.graph import FixedPointGraph, GraphInput, Node, Relu, save_graph
from trigforge.reports import load_report

MODEL = "mlp.json"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(dense_network(), tmp_path / MODEL)
    finding.forget()


@contextmanager
def started(minutes: str, *options: str) -> Generator[subprocess.Popen[str]]:
    """A run of its own, which does not outlive the test."""
    command = [sys.executable, "-m", "trigforge.cli", "optimize", MODEL, "--minutes", minutes, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def until(condition: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.01)


def numbers(out: str) -> dict[str, list[int]]:
    """The whole numbers of each line of the table: inputs, outputs, bits before and now, searches, in all."""
    rows = [line.split() for line in out.splitlines() if line.startswith(("hidden", "out"))]
    return {row[0]: [int(word.replace(",", "")) for word in row[1:] if re.fullmatch(r"[\d,]+", word)] for row in rows}


def test_the_next_run_goes_on_and_the_next_build_takes_what_was_found() -> None:
    code, out, err = invoke("optimize", MODEL, "--minutes", "0.07")
    assert code == 0 and "Search adder graphs" in err
    first = numbers(out)
    assert all(row[:2] in ([10, 10], [10, 4]) and row[3] <= row[2] and row[4] == row[5] for row in first.values())
    assert any(row[3] < row[2] for row in first.values())
    assert re.search(r"LUT before, [\d,]+ now \(-\d+\.\d %\); (\d+) clock cycles before, \1 now\n", out), out
    second = numbers(invoke("optimize", MODEL, "--minutes", "0.03")[1])
    for layer, row in second.items():
        assert row[2] == first[layer][2] and row[3] <= first[layer][3] and row[5] == first[layer][5] + row[4]
    assert invoke("synth", MODEL)[0] == 0
    (told,) = [line for line in load_report(Path("build/mlp/report.json")).notices if "trigforge optimize" in line]
    assert re.fullmatch(
        r"\d of 2 adder graphs were kept by trigforge optimize; with an empty cache the Verilog has more adders, and "
        "the same outputs",
        told,
    )


def best() -> set[str]:
    return set(kept.state())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_it_keeps_what_it_found(number: signal.Signals, own_cache: Path) -> None:
    with started("10") as running:
        until(lambda: best() or running.poll() is not None)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert best(), err
    if number is signal.SIGINT:
        assert running.returncode == 130 and numbers(out).keys() == {"hidden", "out"}
        assert err.endswith("trigforge: interrupted; run the same command again, it goes on from what is finished\n")
    row = numbers(invoke("optimize", MODEL, "--minutes", "0.0001")[1])
    assert any(values[3] < values[2] for values in row.values())
    assert all(len(list(piece.glob("*.json"))) <= 1 for piece in (own_cache / "optimized").glob("[0-9a-f]*"))


def test_two_at_once_beside_a_build() -> None:
    with started("0.1") as one, started("0.1", "--jobs", "2") as two:
        assert invoke("synth", MODEL)[0] == 0
        told = [running.communicate(timeout=120) for running in (one, two)]
        assert [running.returncode for running in (one, two)] == [0, 0], told
    last = numbers(invoke("optimize", MODEL, "--minutes", "0.0001")[1])
    for out, _ in told:
        assert all(last[layer][3] <= row[3] for layer, row in numbers(out).items())


def test_networks_with_little_or_nothing_to_search() -> None:
    save_graph(SMALL, Path("small.json"))
    code, out, _ = invoke("optimize", "small.json", "--minutes", "0.005")
    assert code == 0 and "dense   2 x 2" in out
    inputs = (GraphInput("x", (2,), SMALL.inputs[0].types),)
    save_graph(FixedPointGraph("bare", 1, inputs, (Node("y", Relu(), ("x",)),), ("y",)), Path("bare.json"))
    assert invoke("optimize", "bare.json", "--minutes", "5")[:2] == (
        0,
        "bare: no layer has a matrix of constants, so there is nothing to search for\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([MODEL], 2, "Missing option '--minutes'"),
        ([MODEL, "--minutes", "0"], 2, "0 should be a time above 0, as in 5"),
        ([MODEL, "--minutes", "-3"], 2, "-3 should be a time above 0, as in 5"),
        ([MODEL, "--minutes", "nan"], 2, "nan should be a time above 0, as in 5"),
        ([MODEL, "--minutes", "inf"], 2, "inf should be a time above 0, as in 5"),
        ([MODEL, "--minutes", "long"], 2, "'long' is not a valid float"),
        ([MODEL, "--minutes", "1", "--jobs", "0"], 2, "0 is not in the range x>=1"),
        (["none.keras", "--minutes", "1"], 1, "model file none.keras does not exist; check the path"),
        ([MODEL, "--minutes", "1", "--design", "no.toml"], 1, "design file no.toml: No such file or directory"),
    ],
)
def test_what_is_refused_in_one_line(arguments: list[str], code: int, message: str) -> None:
    found, _, err = invoke("optimize", *arguments)
    assert (found, message in err) == (code, True), err


def test_a_cache_that_does_not_last_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "file" / "below"))
    assert invoke("optimize", MODEL, "--minutes", "1") == (
        1,
        "",
        "trigforge: the cache folder cannot be written, so that nothing found would be kept; make it writable or set "
        "TRIGFORGE_CACHE to another one\n",
    )


def test_a_cache_that_takes_nothing_is_told(own_cache: Path) -> None:
    own_cache.mkdir()
    (own_cache / "optimized").write_text("a file in the place of the folder")
    code, _, err = invoke("optimize", MODEL, "--minutes", "0.05")
    assert code == 1 and "File exists; free space, make it writable or set TRIGFORGE_CACHE to another one" in err
