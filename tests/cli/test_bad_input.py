"""Bad input: one line that says what to do, the right exit code, and nothing half-written."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_cli import invoke
from tests.small_graph import SMALL
from trigforge.graph import save_graph

MODEL = "small.json"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that holds one graph file."""
    monkeypatch.chdir(tmp_path)
    for variable in ("XILINX_HLS", "TRIGFORGE_GXX", "CXX"):
        monkeypatch.delenv(variable, raising=False)
    save_graph(SMALL, tmp_path / MODEL)
    return tmp_path


def refused(*arguments: str, code: int = 1) -> str:
    """The one line of an error; the build folder must not have come to be."""
    status, out, err = invoke(*arguments)
    assert status == code and out == ""
    lines = [line for line in err.splitlines() if line.startswith("trigforge: ")]
    assert len(lines) == 1 and err.rstrip().splitlines()[-1] == lines[0]
    assert "Traceback" not in err
    return lines[0].removeprefix("trigforge: ")


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (
            np.zeros((5, 3)),
            "input 'x': events have shape [5, 3], the model takes [events, 2]; reshape or select the columns",
        ),
        (
            np.array([["a", "b"]]),
            "input 'x': events of dtype <U1 are not numbers; give float or integer arrays",
        ),
        (
            np.array([[0.0, 1.0], [np.nan, 0.0]]),
            "input 'x': event 1, element [0] is nan; remove such events or set nan_policy to ZERO",
        ),
        (np.zeros((0, 2)), "events file events.npy holds no events; give at least one"),
    ],
)
def test_events(events: np.ndarray, message: str) -> None:
    np.save("events.npy", events)
    assert refused("synth", MODEL, "--events", "events.npy") == message
    assert not Path("build").exists()


def test_design() -> None:
    Path("d.toml").write_text('[target]\npart = "xc7a35t"')
    beginning = "design file d.toml: [target] part 'xc7a35t' is unknown; known are xcvu13p-"
    assert refused("synth", MODEL, "--design", "d.toml").startswith(beginning)
    Path("d.toml").write_text("[rtl]\nstage_delay = 5")
    assert refused("synth", MODEL, "--design", "d.toml") == (
        "design file d.toml: [rtl] unknown key 'stage_delay'; nearest is 'stage_delay_ns'"
    )
    Path("d.toml").write_text("[layers.dens]\nreuse_factor = 2")
    assert refused("synth", MODEL, "--design", "d.toml").startswith("layer 'dens' is not in the model; ")
    assert refused("synth", MODEL, "--design", "no.toml").startswith("design file no.toml: No such file or directory")
    assert not Path("build").exists()


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".json"])
def test_model_files_that_are_torn_or_of_another_kind(suffix: str) -> None:
    Path(f"torn{suffix}").write_bytes(b"neither fish nor fowl")
    assert f"torn{suffix}" in refused("synth", f"torn{suffix}")
    Path(f"torn{suffix}").write_bytes(b"")
    assert f"torn{suffix}" in refused("synth", f"torn{suffix}")
    assert not Path("build").exists()


def test_missing_compiler_delivers_the_project_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", "no-such-compiler")
    code, out, err = invoke("synth", MODEL)
    assert code == 4 and "NOT VERIFIED: no simulator ran" in out
    assert err.splitlines()[-1].startswith("trigforge: g++ is missing: TRIGFORGE_GXX is set to 'no-such-compiler'")
    assert Path("build/small/graph.json").is_file() and Path("build/small/hls").is_dir()
    assert Path("build/small/rtl").is_dir() and Path("build/small/report.html").is_file()


def test_a_broken_budget_shows_the_report_and_has_its_own_exit_code() -> None:
    Path("d.toml").write_text("[rtl]\nstage_delay_ns = 0.3\n[budget]\nlatency_cycles = 1\n")
    code, out, err = invoke("synth", MODEL, "--design", "d.toml")
    assert code == 5 and "BUDGET VIOLATED: latency_cycles" in out
    assert err.splitlines()[-1].startswith("trigforge: over budget: latency_cycles: ")


def test_output_directory_that_cannot_be_made() -> None:
    Path("file").write_text("in the way")
    assert refused("synth", MODEL, "--out", "file/build").startswith("output directory file/build: Not a directory")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_read_only_output_directory() -> None:
    Path("locked").mkdir(mode=0o500)
    message = refused("synth", MODEL, "--out", "locked/build")
    assert message.startswith("output directory locked/build: Permission denied")


def _synth(*arguments: str, limit: int | None = None) -> "subprocess.Popen[str]":
    def limited() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    # Python keeps bytecode that it could only write in part, and every later process would stumble over it.
    python = [sys.executable, *(["-B"] if limit is not None else [])]
    command = [*python, "-m", "trigforge.cli", "synth", MODEL, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=limited)


def test_a_full_disk_leaves_no_half_written_file_and_the_next_run_succeeds() -> None:
    full = _synth(limit=4096)
    _, err = full.communicate(timeout=120)
    assert full.returncode == 1, err
    last = err.rstrip().splitlines()[-1]
    assert last.startswith("trigforge: ") and "File too large" in last and "Traceback" not in err
    assert not Path("build/small/report.json").exists()
    assert not list(Path("build").rglob("*.trigforge-new"))
    assert invoke("synth", MODEL)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_compilers_too(own_cache: Path, number: signal.Signals) -> None:
    running = _synth()
    until = time.monotonic() + 60
    while not _compilers(own_cache) and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(number)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 128 + number and "Traceback" not in err
    assert err.splitlines()[-1] == f"trigforge: ended by {number.name}; run the same command again, it goes on"
    until = time.monotonic() + 5
    while _compilers(own_cache) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _compilers(own_cache) and not list(own_cache.rglob("making-*"))


def _compilers(folder: Path) -> list[int]:
    """Processes that work below a folder."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").resolve().is_relative_to(folder):
                found.append(int(process.name))
    return found


@pytest.mark.parametrize("name", ['a"b', "$HOME", "a\nb"])
def test_paths_that_tools_would_misread_are_refused_at_once(name: str) -> None:
    message = f"output directory {name!r}: tools cannot read "
    assert refused("synth", MODEL, "--out", name).startswith(message)
    assert refused("export", "patterns", MODEL, "--out", name).startswith(message)
    assert not Path(name).exists()


def test_names_that_are_too_long_for_files() -> None:
    save_graph(replace(SMALL, name="n" * 240), Path("long.json"))
    message = "graph name nnnnnnnnnnnnnnnnnnnn... has 240 letters; at most 100 fit into files' names"
    assert refused("synth", "long.json") == message
    assert not Path("build").exists()


def test_standard_output_that_is_full_or_closed() -> None:
    command = [sys.executable, "-m", "trigforge.cli", "export", "patterns", MODEL]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    told = "trigforge: standard output took only a part of what was told: "
    assert ran.returncode == 1 and ran.stderr.splitlines()[-1] == told + "No space left on device"
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert ran.returncode == 1 and ran.stderr.splitlines()[-1] == told + "Broken pipe"
    closed = subprocess.run(
        ["bash", "-c", 'exec "$@" >&-', "bash", *command], capture_output=True, text=True, check=False
    )
    assert closed.returncode == 0 and "Traceback" not in closed.stderr


def test_two_builds_in_one_folder_wait_for_each_other(own_cache: Path) -> None:
    Path("d.toml").write_text("[hls]\nstrategy = 'resource'\n[rtl]\nstage_delay_ns = 0.3\n")
    first = _synth()
    try:
        until = time.monotonic() + 60
        while not list(own_cache.glob("simulations/making-*")) and time.monotonic() < until:
            time.sleep(0.02)
        code, _, err = invoke("synth", MODEL, "--design", "d.toml")
        assert code == 0 and "Wait for another run in build/small" in err
        assert first.communicate(timeout=60)[1].count("trigforge: ") == 0 and first.returncode == 0
    finally:
        first.kill()


def test_an_interrupted_run_is_finished_by_the_next(own_cache: Path) -> None:
    running = _synth()
    until = time.monotonic() + 60
    while not list(own_cache.glob("simulations/making-*")) and time.monotonic() < until:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err.rstrip().splitlines()[-1].startswith("trigforge: interrupted; run the same command again")
    assert not Path("build/small/report.json").exists()
    assert invoke("synth", MODEL)[0] == 0
    assert Path("build/small/report.json").is_file()
    assert not list(own_cache.rglob("making-*"))


def test_a_second_run_changes_nothing() -> None:
    assert invoke("synth", MODEL)[0] == 0
    before = {path: path.stat().st_mtime_ns for path in Path("build/small/hls").rglob("*") if path.is_file()}
    assert invoke("synth", MODEL)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in Path("build/small/hls").rglob("*") if path.is_file()} == before
