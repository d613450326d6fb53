"""Packages: compiled as their users compile them, equal to the reference, with nothing beside their interface."""

import ctypes
import py_compile
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import trigforge.export
from tests.export.building import Build, Library, needs_tools, shell
from tests.export.graphs import SEVERAL
from tests.small_graph import SMALL
from trigforge.export import PackageKind, to_package
from trigforge.export.generate import template_texts
from trigforge.graph import FixedPointGraph
from trigforge.project import write

TEMPLATES = Path(trigforge.export.__file__).parent / "templates"

pytestmark = needs_tools


@pytest.mark.parametrize("graph", [SMALL, SEVERAL], ids=lambda graph: graph.name)
@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_checks_itself(build: Build, graph: FixedPointGraph, kind: PackageKind) -> None:
    _, folder = build(graph, kind)
    assert shell("make", "check", cwd=folder).endswith("200 events, 0 mismatches\n")


@pytest.mark.skipif(shutil.which("clang++") is None, reason="needs clang++")
@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_checks_itself_by_clang(tmp_path: Path, kind: PackageKind) -> None:
    write(to_package(SEVERAL, kind), tmp_path)
    warnings = "WARNINGS=-Wall -Wextra -Werror"
    said = shell("make", "-j2", "CXX=clang++", "CC=clang", "CXXFLAGS=-O1", warnings, "check", cwd=tmp_path)
    assert said.endswith("200 events, 0 mismatches\n")


WRONG = "the kernel was compiled wrongly: output 'y': proof event 1, element [0] is 0 and must be 1; "


@pytest.mark.parametrize("kind", PackageKind)
def test_a_package_whose_kernel_is_wrong_gives_no_answers(tmp_path: Path, kind: PackageKind) -> None:
    package = to_package(SMALL, kind)
    write(package, tmp_path)
    proof = tmp_path / "src" / "proof.cpp"
    first, second = proof.read_text().split("output0[] = {\n    ")
    right = second.split(", ")
    assert right[2] == "INT64_C(0)"
    right[2] = "INT64_C(1)"
    proof.write_text(f"{first}output0[] = {{\n    {', '.join(right)}")
    shell("make", "-j2", "CXXFLAGS=-O0", cwd=tmp_path)
    if kind is PackageKind.CMSSW:
        done = subprocess.run(["make", "check"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"small_v1: {WRONG}use another compiler or other flags\n" in done.stderr
        return
    library = Library(package, tmp_path)
    assert library.error() == f"{WRONG}use another compiler or other flags"
    numbers = np.zeros((2, 2))
    arrays = [(ctypes.c_void_p * 1)(row.ctypes.data) for row in numbers]
    for name in ("run", "run_mantissas"):
        assert library.function(name)(library.handle, *arrays, ctypes.c_int64(1)) == 5
    library.close()


@pytest.mark.parametrize("kind", PackageKind)
def test_nothing_else_is_visible(build: Build, kind: PackageKind) -> None:
    package, folder = build(SMALL, kind)
    symbols = [
        line.split()[-1] for line in shell("nm", "-D", "--defined-only", folder / package.shared_object).splitlines()
    ]
    if kind is PackageKind.CMSSW:
        assert sorted(symbols) == ["create_model", "destroy_model"]
    else:
        header = (folder / "include" / "trigforge_small_v1.h").read_text()
        assert len(symbols) == 14
        assert all(symbol.startswith("trigforge_small_v1_") and f"{symbol}(" in header for symbol in symbols)


@pytest.mark.parametrize("kind", PackageKind)
def test_the_same_graph_gives_the_same_files(kind: PackageKind) -> None:
    one, other = to_package(SEVERAL, kind), to_package(SEVERAL, kind)
    assert one.digest == other.digest
    assert not [path for path, text in one.files.items() if "MODEL_vN" in path + text or "KERNEL_ENTRY" in text]


def test_files_that_python_compiles_beside_a_template_are_no_part_of_it(tmp_path: Path) -> None:
    """pip compiles every ``.py`` that it installs, the templates' too."""
    folder = tmp_path / "c"
    shutil.copytree(TEMPLATES / "c", folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = template_texts(folder)
    example = folder / "examples" / "example.py"
    py_compile.compile(str(example), doraise=True)
    py_compile.compile(str(example), cfile=str(example) + "c", doraise=True)
    assert (folder / "examples" / "__pycache__").is_dir() and template_texts(folder) == before
    assert {"Makefile", "examples/example.py", "src/interface.cpp"} <= set(before)
