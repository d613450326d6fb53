"""Packages as their users compile and load them, for the tests of exports."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trigforge.export import Package, PackageKind
from trigforge.graph import FixedPointGraph, InputKind

needs_tools = pytest.mark.skipif(
    not (shutil.which("g++") and shutil.which("make") and shutil.which("cc")), reason="needs g++, cc and make"
)

Build = Callable[[FixedPointGraph, PackageKind], tuple[Package, Path]]


def shell(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


class Library:
    """The C interface through ctypes."""

    def __init__(self, package: Package, folder: Path, mode: int = ctypes.DEFAULT_MODE) -> None:
        self.library = ctypes.CDLL(str(folder / package.shared_object), mode=mode)
        self.prefix = package.shared_object.removesuffix(".so")
        self.function("open").restype = ctypes.c_void_p
        for name in ("error", "model", "graph_digest"):
            self.function(name).restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p(self.function("open")())

    def function(self, name: str) -> Any:
        return getattr(self.library, f"{self.prefix}_{name}")

    def error(self) -> str:
        return self.function("error")(self.handle).decode()

    def close(self) -> None:
        self.function("close")(self.handle)

    def encode(self, number: int, values: np.ndarray) -> tuple[int, np.ndarray]:
        values = np.ascontiguousarray(values, np.float64)
        mantissas = np.zeros(values.shape, np.int64)
        pointers = (ctypes.c_void_p(array.ctypes.data) for array in (values, mantissas))
        return self.function("encode")(self.handle, number, *pointers, ctypes.c_int64(len(values))), mantissas

    def run(self, graph: FixedPointGraph, inputs: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
        kind = np.float64 if name == "run" else np.int64
        events = max(len(inputs[x.name]) for x in graph.inputs if x.kind is InputKind.EVENT)
        arrays = [np.ascontiguousarray(inputs[x.name], kind) for x in graph.inputs]
        results = {o: np.empty((events, *graph.tensors[o].shape), kind) for o in graph.outputs}
        sides = [(ctypes.c_void_p * len(side))(*(a.ctypes.data for a in side)) for side in (arrays, results.values())]
        assert self.function(name)(self.handle, *sides, ctypes.c_int64(events)) == 0, self.error()
        return results


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(found[name], expected[name]) for name in expected)


def without_this_environment() -> dict[str, str]:
    """The variables of this process, without those that lead to its own packages."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
