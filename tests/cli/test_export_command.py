"""``trigforge export`` on a graph file: what is left where, and what is said without tools."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.export.graphs import SEVERAL
from tests.small_graph import SMALL
from trigforge.cli.export import export
from trigforge.design import DesignPoint
from trigforge.emulator import run
from trigforge.errors import ToolFailedError
from trigforge.export import read_patterns
from trigforge.graph import save_graph
from trigforge.toolchain import package as toolchain

needs_make = pytest.mark.skipif(not (shutil.which("g++") and shutil.which("make")), reason="needs g++ and make")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_graph(SMALL, tmp_path / "graph.json")
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(export, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr.splitlines()[-1] if result.stderr else ""


@pytest.mark.parametrize("command", [[], ["cmssw"], ["c"], ["patterns"]])
def test_help_teaches(command: list[str]) -> None:
    code, out, _ = invoke(*command, "--help")
    assert code == 0
    assert "Usage:" in out and len(out.splitlines()) > 6


@needs_make
def test_a_package_is_written_compiled_and_checked(model: Path) -> None:
    code, out, _ = invoke("c", "graph.json")
    assert (code, out) == (0, "build/small/export/c/trigforge_small_v1.so: 200 events checked, 0 mismatches\n")
    first = (model / "build/small/export/c/trigforge_small_v1.so").stat().st_mtime_ns
    assert invoke("c", "graph.json")[0] == 0
    assert (model / "build/small/export/c/trigforge_small_v1.so").stat().st_mtime_ns == first


@needs_make
def test_a_package_that_disagrees_is_no_success(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trigforge.flow.exporting.make_package", lambda _: (200, 3))
    assert invoke("cmssw", "graph.json", "--out", "here")[::2] == (
        3,
        "trigforge: small_v1.so disagrees with the reference emulator in 3 outputs of 200 events and was removed; "
        "set TRIGFORGE_GXX to another compiler, or report this with the model",
    )
    assert not (model / "here").exists()


WRONG = """for argument do
  case $argument in src/kernel.cpp) sed -i 's/>> static_cast<int>(1)/>> 2/' src/kernel.cpp;; esac
done
exec g++ "$@"
"""


@needs_make
@pytest.mark.parametrize("kind", ["c", "cmssw"])
def test_a_kernel_that_its_compiler_got_wrong_leaves_nothing(
    model: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (model / "wrong").write_text(f"#!/bin/sh\n{WRONG}")
    (model / "wrong").chmod(0o755)
    monkeypatch.setenv("TRIGFORGE_GXX", str(model / "wrong"))
    (model / "mine").mkdir()
    (model / "mine/notes.txt").write_text("stay")
    for folder in ("mine", "new"):
        code, _, error = invoke(kind, "graph.json", "--out", folder)
        assert code == 3
        assert "the kernel was compiled wrongly: output 'y': proof event " in error
        assert error.endswith("; use another compiler or other flags")
    assert [path.name for path in (model / "mine").rglob("*")] == ["notes.txt"]
    assert not (model / "new").exists()


def test_without_tools_the_sources_are_there(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = model / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    for variable in ("TRIGFORGE_GXX", "CXX"):
        monkeypatch.delenv(variable, raising=False)
    code, _, error = invoke("cmssw", "graph.json")
    assert (code, error.startswith("trigforge: g++ is missing: ")) == (4, True)
    assert (model / "build/small/export/cmssw/Makefile").is_file()
    os.symlink(sys.executable, empty / "g++")
    assert invoke("cmssw", "graph.json")[::2] == (
        4,
        "trigforge: make is missing: install it (apt install make). Without it, the sources are there: "
        "run 'make check' in build/small/export/cmssw where it is installed",
    )


@pytest.mark.parametrize(
    ("makefile", "found"),
    [
        ("all:\n\ncheck:\n\t@echo '12 events, 0 mismatches'\n", (12, 0)),
        ("all:\n\ncheck:\n\t@echo '12 events, 5 mismatches'; false\n", (12, 5)),
        ("all:\n\t@echo broken; false\n", "make failed with status 2; the end of its log:\nbroken\n"),
        ("all:\n\ncheck:\n\n", "make check in FOLDER said nothing of its events; run it by hand"),
    ],
)
@needs_make
def test_what_make_says(tmp_path: Path, makefile: str, found: tuple[int, int] | str) -> None:
    (tmp_path / "Makefile").write_text(makefile)
    if isinstance(found, tuple):
        assert toolchain.make_package(tmp_path) == found
        return
    with pytest.raises(ToolFailedError) as error:
        toolchain.make_package(tmp_path)
    assert str(error.value).startswith(found.replace("FOLDER", str(tmp_path)))


def test_patterns_of_given_and_of_random_events(model: Path) -> None:
    values = np.random.default_rng(4).normal(0, 4, (1500, 2))
    np.save(model / "events.npy", values)
    code, out, _ = invoke("patterns", "graph.json", "--events", "events.npy", "--out", "mine")
    assert (code, out) == (0, "mine: 1,000 events\n")
    patterns = read_patterns(model / "mine")
    mantissas = SMALL.inputs[0].encode(values[:1000])
    assert np.array_equal(patterns.inputs["x"], mantissas)
    assert np.array_equal(patterns.outputs["y"], run(SMALL, {"x": mantissas}).outputs["y"])
    assert invoke("patterns", "graph.json", "--limit", "7")[:2] == (0, "build/small/export/patterns: 7 events\n")


@pytest.mark.parametrize("graph", [SMALL, SEVERAL], ids=lambda graph: graph.name)
def test_ports_are_those_of_the_rtl_project(graph: object) -> None:
    pytest.importorskip("alkaid")
    from trigforge.rtl import core_ports, to_project

    project = to_project(graph, DesignPoint())  # type: ignore[arg-type]
    assert core_ports(graph) == (project.inputs, project.outputs)  # type: ignore[arg-type]
