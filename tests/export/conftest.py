"""Packages, compiled once for all tests of exports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.building import Build, shell
from trigforge.export import Package, PackageKind, to_package
from trigforge.graph import FixedPointGraph
from trigforge.project import write


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Packages, each compiled once."""
    built: dict[tuple[str, PackageKind], tuple[Package, Path]] = {}

    def make(graph: FixedPointGraph, kind: PackageKind) -> tuple[Package, Path]:
        key = graph.digest, kind
        if key not in built:
            package = to_package(graph, kind)
            folder = tmp_path_factory.mktemp(f"{package.name}_{kind}")
            write(package, folder)
            shell("make", "-j2", "CXXFLAGS=-O0", "WARNINGS=-Wall -Wextra -Werror", cwd=folder)
            built[key] = package, folder
        return built[key]

    return make


@pytest.fixture(scope="session")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built
