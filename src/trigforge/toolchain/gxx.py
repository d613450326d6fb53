"""g++: compiling the C simulation of projects, and running it on integer mantissas."""

import ctypes
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.errors import EventsError, ToolMissingError
from trigforge.graph.simulation import Mantissas, SimulationResult
from trigforge.project import Port, SimulationInterface, WrittenProject
from trigforge.toolchain.process import Command, run_tool, run_tools

FLAGS = ("-std=c++11", "-O1", "-fPIC", "-fno-gnu-unique", "-w")
"""Measured on 2 cores with the jet tagger: see ``docs/decisions``."""

_BUILD_FOLDER = ".csim"
_EVENTS_AT_ONCE = 1024
_PROCESSES = 2


def find() -> list[str]:
    """The command of the compiler: ``TRIGFORGE_GXX``, else ``CXX``, else ``g++`` on PATH.

    Raises ``ToolMissingError`` where there is none.
    """
    for variable in ("TRIGFORGE_GXX", "CXX"):
        command = shlex.split(os.environ.get(variable, ""))
        if command:
            if shutil.which(command[0]):
                return command
            raise ToolMissingError(
                f"g++ is missing: {variable} is set to {command[0]!r}, which is no program; correct or unset it. "
                "Without a compiler, reading models, emulation and writing projects still work"
            )
    if shutil.which("g++"):
        return ["g++"]
    raise ToolMissingError(
        "g++ is missing: install it (apt install g++) or set TRIGFORGE_GXX to a C++ compiler. "
        "Without one, reading models, emulation and writing projects still work"
    )


@cache
def _version(command: tuple[str, ...]) -> str:
    return subprocess.run([*command, "--version"], capture_output=True, text=True, check=False).stdout


@dataclass(frozen=True)
class CSimulation:
    """A compiled C simulation, ready to run."""

    library: Path
    interface: SimulationInterface

    def run(
        self,
        inputs: Mapping[str, Mantissas],
        *,
        trace: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> SimulationResult:
        """Every output (with ``trace``, also every tensor) for every event.

        ``inputs`` maps each graph input to int64 mantissas ``(events, *shape)``; one event is enough for a register.
        ``progress`` is called with the number of events done since the last call. Raises ``EventsError`` for inputs that
        are missing or of the wrong shape or dtype.
        """
        arrays, events = _checked_inputs(self.interface.inputs, inputs)
        outputs = _empty(self.interface.outputs, events)
        tensors = _empty(self.interface.tensors, events) if trace else []
        entry = _entry(self.library, self.interface.entry)
        for start in range(0, events, _EVENTS_AT_ONCE):
            stop = min(start + _EVENTS_AT_ONCE, events)
            parts = (_pointers(group, start) for group in (arrays, outputs, tensors))
            entry(*(part if part else None for part in parts), stop - start)
            if progress is not None:
                progress(stop - start)
        traced = {port.name: arrays[port.array].reshape(events, *port.shape) for port in self.interface.inputs}
        traced |= _named(self.interface.tensors, tensors, events) if trace else {}
        return SimulationResult("csim", _named(self.interface.outputs, outputs, events), traced if trace else {})


def _checked_inputs(ports: Sequence[Port], inputs: Mapping[str, Mantissas]) -> tuple[list[Mantissas], int]:
    names = [port.name for port in ports]
    if set(names) != set(inputs):
        raise EventsError(f"the graph takes the inputs {sorted(names)}, found {sorted(inputs)}")
    events = max((len(array) for array in inputs.values()), default=0)
    if events == 0:
        raise EventsError("there are no events; give at least one")
    arrays: list[Mantissas] = []
    for port in ports:
        values = inputs[port.name]
        if values.dtype != np.int64 or values.shape[1:] != port.shape or len(values) not in (1, events):
            raise EventsError(
                f"input {port.name!r}: expected int64 mantissas of shape {[events, *port.shape]}, "
                f"found {values.dtype} of shape {list(values.shape)}"
            )
        arrays.append(np.ascontiguousarray(np.broadcast_to(values, (events, *port.shape))))
    return arrays, events


def _empty(ports: Sequence[Port], events: int) -> list[Mantissas]:
    sizes = {port.array: prod(port.shape) for port in ports}
    count = max(sizes, default=-1) + 1
    return [np.zeros((events, sizes.get(n, 0)), np.int64) for n in range(count)]


def _named(ports: Sequence[Port], arrays: Sequence[Mantissas], events: int) -> dict[str, Mantissas]:
    return {port.name: arrays[port.array].reshape(events, *port.shape) for port in ports}


def _pointers(arrays: Sequence[Mantissas], event: int) -> Any:
    pointers = [array.ctypes.data + event * array.strides[0] for array in arrays]
    return (ctypes.c_void_p * len(pointers))(*pointers) if pointers else None


@cache
def _entry(library: Path, name: str) -> Any:
    entry = getattr(ctypes.CDLL(str(library)), name)
    entry.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    entry.restype = None
    return entry


def compile_csim(written: WrittenProject, *, timeout_s: float = 1800.0) -> CSimulation:
    """Compile the C simulation of a written project, once: sources, flags and compiler that have not changed are not
    compiled again. Raises ``ToolMissingError`` without a compiler and ``ToolFailedError`` where it fails."""
    compiler = find()
    folder = written.directory / _BUILD_FOLDER
    interface = written.project.simulation
    library = folder / f"{_digest(written.project.digest, compiler)}.so"
    if not library.exists():
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            _remove(old)
        _build(compiler, [written.directory], [interface], folder, library, (), timeout_s)
    return CSimulation(library, interface)


def _digest(content: str, compiler: Sequence[str]) -> str:
    text = "\0".join([content, *compiler, _version(tuple(compiler)), *FLAGS])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _build(
    compiler: Sequence[str],
    directories: Sequence[Path],
    interfaces: Sequence[SimulationInterface],
    folder: Path,
    library: Path,
    flags: Sequence[str],
    timeout_s: float,
) -> None:
    """All sources of all projects to objects, a few at a time, then one shared object, renamed into its place."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch:
        jobs: list[Command] = []
        objects: list[Path] = []
        for n, (directory, interface) in enumerate(zip(directories, interfaces, strict=True)):
            includes = [f"-I{directory.resolve() / path}" for path in interface.include_directories]
            for m, source in enumerate(interface.sources):
                objects.append((Path(scratch) / f"{n}_{m}.o").resolve())
                arguments = [*compiler, *FLAGS, *flags, *includes, "-c", (directory / source).resolve()]
                jobs.append(Command([*arguments, "-o", objects[-1]], directory))
        run_tools("g++", jobs, timeout_s=timeout_s, at_once=_PROCESSES)
        unfinished = Path(scratch).resolve() / library.name
        run_tool("g++", Command([*compiler, "-shared", *objects, "-o", unfinished], folder), timeout_s=timeout_s)
        os.replace(unfinished, library)
