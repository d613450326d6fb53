"""Finding g++, compiling once, running on mantissas, and what is said where any of it fails."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from trigforge.errors import EventsError, ProjectError, ToolFailedError, ToolMissingError
from trigforge.project import HlsProject, Port, SimulationInterface, WrittenProject, write
from trigforge.toolchain import gxx
from trigforge.toolchain.process import Command, ask, run_tool, run_tools

SOURCE = """
#ifndef ONE_H_
#define ONE_H_
#endif
extern "C" void NAME(const long long *const *in, long long *const *out, long long *const *traced, long long events) {
    for (long long e = 0; e < events; e++) {
        const long long x = in[0][2 * e], y = in[0][2 * e + 1], z = in[1][e];
        out[0][e] = x * y + z + OFFSET;
        if (traced) {
            traced[0][2 * e] = x + 1;
            traced[0][2 * e + 1] = y + 1;
        }
    }
}
"""


def _project(name: str = "entry", offset: int = 0, source: str = SOURCE) -> HlsProject:
    interface = SimulationInterface(
        sources=("top.cpp",),
        include_directories=(".",),
        entry=name,
        inputs=(Port("x", (2,), 0), Port("z", (), 1)),
        outputs=(Port("y", (1,), 0),),
        tensors=(Port("t", (2,), 0), Port("t.flat", (1, 2), 0)),
    )
    text = source.replace("NAME", name).replace("OFFSET", str(offset))
    return HlsProject("toy", {"top.cpp": text}, frozenset(), name, "top", interface)


def _events(count: int) -> dict[str, gxx.Mantissas]:
    x = np.arange(2 * count, dtype=np.int64).reshape(count, 2)
    return {"x": x, "z": np.array([5], np.int64)}


def test_runs_in_chunks_with_progress_and_traces_by_name(tmp_path: Path) -> None:
    simulation = gxx.compile_csim(write(_project(), tmp_path))
    inputs, steps = _events(2500), list[int]()
    result = simulation.run(inputs, trace=True, progress=steps.append)
    x = inputs["x"]
    assert result.simulator == "csim"
    assert sum(steps) == 2500 and len(steps) > 1
    assert np.array_equal(result.outputs["y"], x[:, :1] * x[:, 1:] + 5)
    assert np.array_equal(result.tensors["t"], x + 1)
    assert np.array_equal(result.tensors["t.flat"], (x + 1)[:, None])
    assert np.array_equal(result.tensors["x"], x)
    assert result.tensors["z"].shape == (2500,)
    assert simulation.run(inputs).tensors == {}


def test_nothing_is_compiled_twice(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gxx.compile_csim(write(_project(), tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(gxx, "run_tools", _no_compiler)
        assert gxx.compile_csim(write(_project(), tmp_path)) == first
    second = gxx.compile_csim(write(_project(offset=1), tmp_path))
    assert second.run(_events(1)).outputs["y"].tolist() == [[6]]
    assert set((own_cache / "simulations").glob("*/*.so")) == {first.library, second.library}


def _no_compiler(*_: object, **__: object) -> None:
    raise AssertionError("the compiler ran")


def test_a_batch_answers_in_the_order_of_the_projects(tmp_path: Path) -> None:
    projects = [_project(f"entry_{n}", n) for n in range(5)]
    simulations = gxx.compile_batch(projects, tmp_path)
    assert [int(one.run(_events(1)).outputs["y"][0, 0]) for one in simulations] == [5, 6, 7, 8, 9]
    with pytest.raises(ProjectError) as error:
        gxx.compile_batch([_project(), _project()], tmp_path)
    assert str(error.value) == "namespace 'entry' appears twice in a batch; give graphs other names or versions"
    assert gxx.compile_batch([], tmp_path) == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"x": np.zeros((3, 2), np.int64)}, "the graph takes the inputs ['x', 'z'], found ['x']; give these"),
        (
            {"x": np.zeros((0, 2), np.int64), "z": np.zeros(0, np.int64)},
            "there are no events; give at least one",
        ),
        (
            {"x": np.zeros((3, 3), np.int64), "z": np.zeros(3, np.int64)},
            "input 'x': expected int64 mantissas of shape [3, 2], found int64 of shape [3, 3]; "
            "encode host values with GraphInput.encode",
        ),
        (
            {"x": np.zeros((3, 2)), "z": np.zeros(3, np.int64)},
            "input 'x': expected int64 mantissas of shape [3, 2], found float64 of shape [3, 2]; "
            "encode host values with GraphInput.encode",
        ),
        (
            {"x": np.zeros((3, 2), np.int64), "z": np.zeros(2, np.int64)},
            "input 'z': expected int64 mantissas of shape [3], found int64 of shape [2]; "
            "encode host values with GraphInput.encode",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs: dict[str, gxx.Mantissas], message: str) -> None:
    simulation = gxx.CSimulation(Path("never-loaded.so"), _project().simulation)
    with pytest.raises(EventsError) as error:
        simulation.run(inputs)
    assert str(error.value) == message


def test_a_missing_compiler_names_the_variable_and_what_still_works(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write(_project(), tmp_path / "hls")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("TRIGFORGE_GXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError) as error:
        gxx.compile_csim(written)
    assert str(error.value) == (
        "g++ is missing: install it (apt install g++) or set TRIGFORGE_GXX to a C++ compiler. "
        "Without one, reading models, emulation and writing projects still work"
    )
    monkeypatch.setenv("TRIGFORGE_GXX", "/nowhere/g++-99")
    with pytest.raises(ToolMissingError) as error:
        gxx.compile_csim(written)
    assert str(error.value) == (
        "g++ is missing: TRIGFORGE_GXX is set to '/nowhere/g++-99', which is no program; correct or unset it. "
        "Without a compiler, reading models, emulation and writing projects still work"
    )
    assert not list(own_cache.glob("*/*"))


def test_the_variables_choose_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "sh -c")
    assert gxx.find() == ["sh", "-c"]
    monkeypatch.setenv("TRIGFORGE_GXX", f"{sys.executable} -E")
    assert gxx.find() == [sys.executable, "-E"]


def test_all_compilers_are_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIGFORGE_GXX", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "clang++").touch(0o755)
    assert gxx.compilers() == [["clang++"]]
    (tmp_path / "g++").symlink_to("clang++")
    assert gxx.compilers() == [["g++"]]
    monkeypatch.setenv("CXX", str(tmp_path / "g++"))
    assert gxx.compilers() == [[str(tmp_path / "g++")]]
    monkeypatch.setenv("CXX", "clang++ -stdlib=libc++")
    assert gxx.compilers() == [["clang++", "-stdlib=libc++"], ["g++"]]


def test_a_failed_compilation_shows_the_end_of_the_log_and_leaves_nothing(own_cache: Path, tmp_path: Path) -> None:
    written = write(_project(source="#error no such luck\n"), tmp_path)
    with pytest.raises(ToolFailedError, match=r"g\+\+ failed with status 1; the end of its log:\n(.|\n)*no such luck"):
        gxx.compile_csim(written)
    assert not list(own_cache.glob("*/*"))


def test_a_compilation_that_takes_too_long_is_stopped(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", _slow_compiler(tmp_path))
    start = time.monotonic()
    with pytest.raises(ToolFailedError) as error:
        gxx.compile_csim(write(_project(), tmp_path / "hls"), timeout_s=0.3)
    assert time.monotonic() - start < 20
    assert str(error.value) == "g++ was stopped after 0.3 s; give it more time"
    assert not list(own_cache.glob("*/*"))


def _slow_compiler(folder: Path) -> str:
    """A compiler that starts a child, says that it lives, and waits."""
    script = folder / "slow-g++"
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit 0\nsleep 60 &\necho $! > "{folder}/child"\nwait\n')
    script.chmod(0o755)
    return str(script)


def test_an_interrupted_compilation_ends_the_compiler_and_starts_over(own_cache: Path, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom tests.toolchain.test_gxx import _project\n"
        "from trigforge.project import write\nfrom trigforge.toolchain import gxx\n"
        "gxx.compile_csim(write(_project(), Path(sys.argv[1])))\n"
    )
    environment = {**os.environ, "TRIGFORGE_GXX": _slow_compiler(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "hls")],
        cwd=Path(__file__).parents[2],
        env=environment,
        stderr=subprocess.PIPE,
    )
    child = tmp_path / "child"
    deadline = time.monotonic() + 60
    while not (child.exists() and child.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in log
    assert not Path(f"/proc/{child.read_text().strip()}/cmdline").exists() or _is_ended(int(child.read_text()))
    assert not list(own_cache.glob("*/*"))
    again = gxx.compile_csim(WrittenProject(_project(), tmp_path / "hls"))
    assert again.run(_events(1)).outputs["y"].tolist() == [[5]]


def _is_ended(process: int) -> bool:
    """Ended and not yet waited for counts as ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_cache_that_cannot_be_written_is_refused(own_cache: Path, tmp_path: Path) -> None:
    written = write(_project(), tmp_path)
    own_cache.mkdir()
    (own_cache / "simulations").write_text("in the way")
    with pytest.raises(ProjectError) as error:
        gxx.compile_csim(written)
    assert str(error.value) == (
        f"cache folder {own_cache / 'simulations'}: File exists; "
        "free space, make it writable or set TRIGFORGE_CACHE to another one"
    )


def test_a_library_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    library = tmp_path / "broken.so"
    library.write_bytes(b"no library")
    with pytest.raises(ToolFailedError) as error:
        gxx.CSimulation(library, _project().simulation).run(_events(1))
    assert str(error.value) == (
        f"the compiled C simulation cannot be loaded: {library}: file too short; "
        "run trigforge cache --clear to compile it anew"
    )


def test_tools_answer_in_order_and_in_their_environment(tmp_path: Path) -> None:
    commands = [
        Command(["sh", "-c", f"sleep {0.2 - 0.05 * n}; echo $WHO {n}"], tmp_path, {"WHO": "n"}) for n in range(4)
    ]
    assert run_tools("sh", commands, timeout_s=30) == [f"n {n}\n" for n in range(4)]
    with pytest.raises(ToolFailedError) as error:
        run_tool("sh", Command(["sh", "-c", "echo to stderr >&2; exit 3"], tmp_path), timeout_s=30)
    assert str(error.value) == "sh failed with status 3; the end of its log:\nto stderr"


@pytest.mark.skipif(shutil.which("clang++") is None, reason="needs clang++")
def test_another_compiler_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gxx.compile_csim(write(_project(), tmp_path))
    monkeypatch.setenv("TRIGFORGE_GXX", "clang++")
    assert gxx.compile_csim(write(_project(), tmp_path)).library != first.library


def test_a_tool_that_does_not_answer_is_ended_with_its_children(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nsleep 60\n")
    tool.chmod(0o755)
    with pytest.raises(ToolFailedError, match=r"tool --version did not end within 0\.5 s and was stopped; check the"):
        ask([str(tool), "--version"], timeout_s=0.5)
    child = Path("/proc") / (tmp_path / "child").read_text().strip() / "cmdline"
    until = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert ask(["sh", "-c", "echo 3; echo 4 >&2; exit 5"]) == "3\n"
    with pytest.raises(ToolFailedError, match=r"^cannot start no-such-tool: No such file or directory; check"):
        ask(["no-such-tool"])


def _is_running(command_line: Path) -> bool:
    """True for the file of a process that is neither gone nor a zombie, which has no command line."""
    try:
        return command_line.read_text() != ""
    except OSError:
        return False
