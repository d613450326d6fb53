"""g++: compiling the C simulation of projects, and running it on integer mantissas."""

import ctypes
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.cache import kept, place
from trigforge.errors import ProjectError, ToolFailedError, ToolMissingError
from trigforge.graph.simulation import Mantissas, SimulationResult
from trigforge.project import HlsProject, Port, SimulationInterface, WrittenProject, write
from trigforge.toolchain.process import AT_ONCE, Command, ask, run_tool, run_tools
from trigforge.toolchain.simulating import whole_inputs

FLAGS = ("-std=c++11", "-O1", "-fPIC", "-fno-gnu-unique", "-w")
"""-O1: a Deep Sets on 16 particles compiles in 24 s and then runs 10,000 jets in 7 s, where -O0 takes 16 s and 203 s,
and -O2 25 s and 8 s (one busy core)."""

QUICK_FLAGS = (*FLAGS, "-O0")
"""For small projects and few events: nothing is gained while they run."""

LIBRARY = "simulation.so"
_EVENTS_AT_ONCE = 1024
_PROJECTS_IN_ONE_FILE = 20
_GUARD = re.compile(r"^#ifndef (\w+)\n#define \1$", re.MULTILINE)


def find() -> list[str]:
    """The command of the compiler, the first of ``compilers``."""
    return compilers()[0]


def compilers() -> list[list[str]]:
    """The commands of all compilers that are here, each once: ``TRIGFORGE_GXX``, else ``CXX``, then g++ and clang++.

    Raises ``ToolMissingError`` where there is none, and where the variable names no program.
    """
    asked = next(filter(None, (_asked(variable) for variable in ("TRIGFORGE_GXX", "CXX"))), None)
    commands = [*([asked] if asked else []), ["g++"], ["clang++"]]
    programs = [(shutil.which(program), options) for program, *options in commands]
    identities = [(os.path.realpath(path), options) if path else None for path, options in programs]
    found = [
        command
        for n, (command, identity) in enumerate(zip(commands, identities, strict=True))
        if identity and identity not in identities[:n]
    ]
    if not found:
        raise ToolMissingError(
            "g++ is missing: install it (apt install g++) or set TRIGFORGE_GXX to a C++ compiler. "
            "Without one, reading models, emulation and writing projects still work"
        )
    return found


def _asked(variable: str) -> list[str]:
    command = shlex.split(os.environ.get(variable, ""))
    if command and not shutil.which(command[0]):
        raise ToolMissingError(
            f"g++ is missing: {variable} is set to {command[0]!r}, which is no program; correct or unset it. "
            "Without a compiler, reading models, emulation and writing projects still work"
        )
    return command


def version(compiler: Sequence[str] | None = None) -> str:
    """The version that a compiler reports, on one line; by default that of ``find``."""
    return _version(tuple(compiler or find())).partition("\n")[0].rpartition(" ")[2]


@cache
def _version(command: tuple[str, ...]) -> str:
    return ask([*command, "--version"])


def is_clang(compiler: Sequence[str]) -> bool:
    """True for a command that runs clang, false for g++."""
    return "clang" in _version(tuple(compiler))


def understood(compiler: Sequence[str], flags: Sequence[str]) -> list[str]:
    """``flags`` without ``-fno-gnu-unique`` for clang, which neither knows nor needs it."""
    return [flag for flag in flags if flag != "-fno-gnu-unique" or not is_clang(compiler)]


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
        ``progress`` is called with the number of events done since the last call. Raises ``EventsError`` for inputs
        that are missing or of the wrong shape or dtype.
        """
        arrays, events = whole_inputs([(port.name, port.shape) for port in self.interface.inputs], inputs)
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
    try:
        entry = getattr(ctypes.CDLL(str(library)), name)
    except (OSError, AttributeError) as error:
        raise ToolFailedError(
            f"the compiled C simulation cannot be loaded: {error}; run trigforge cache --clear to compile it anew"
        ) from None
    entry.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    entry.restype = None
    return entry


def compile_csim(written: WrittenProject[HlsProject], *, timeout_s: float = 1800.0) -> CSimulation:
    """Compile the C simulation of a written project, once: sources, flags and compiler that have not changed are not
    compiled again. It is what checks the C++, so a difference is an error and no other compiler is asked. Raises
    ``ToolMissingError`` without a compiler, ``ToolFailedError`` where it fails and ``ProjectError`` where the cache
    cannot be written."""
    compiler = find()
    interface = written.project.simulation
    units = [_Unit((written.directory / source).resolve(), _includes(written)) for source in interface.sources]
    return CSimulation(_library(compiler, units, [written.project.digest], timeout_s), interface)


def csim_piece(written: WrittenProject[HlsProject]) -> Path:
    """The piece of the cache for the compiled C simulation, there or not: its name stands for every byte of the
    sources, the compiler and its flags. Raises ``ToolMissingError`` without a compiler."""
    return _piece(find(), [written.project.digest], FLAGS)


def compile_batch(
    projects: Sequence[HlsProject], directory: Path, *, quick: bool = False, timeout_s: float = 1800.0
) -> list[CSimulation]:
    """The C simulations of many small projects, twenty in one run of the compiler: three times faster than one by one.

    The projects are written below ``directory``, their C simulations are in one shared object of the cache; ``quick``
    ones are not optimized. Raises ``ProjectError`` where two projects share a namespace, else as ``compile_csim``.
    """
    if not projects:
        return []
    compiler = find()
    spaces = [project.namespace for project in projects]
    for n, space in enumerate(spaces):
        if space in spaces[:n]:
            raise ProjectError(f"namespace {space!r} appears twice in a batch; give graphs other names or versions")
    written = [write(project, directory / project.namespace) for project in projects]
    units: list[_Unit] = []
    for library_digest in sorted({project.library_digest for project in projects}):
        alike = [one for one in written if one.project.library_digest == library_digest]
        size = min(_PROJECTS_IN_ONE_FILE, -(-len(alike) // AT_ONCE))
        for start in range(0, len(alike), size):
            group = alike[start : start + size]
            name = f"batch_{library_digest[:12]}_{start}.cpp"
            units.append(_Unit((directory / name).resolve(), _includes(group[0]), "".join(map(_included, group))))
    digests = [project.digest for project in projects]
    library = _library(compiler, units, digests, timeout_s, QUICK_FLAGS if quick else FLAGS)
    return [CSimulation(library, project.simulation) for project in projects]


@dataclass(frozen=True)
class _Unit:
    """One run of the compiler; a unit with ``text`` is written first."""

    source: Path
    includes: tuple[str, ...]
    text: str | None = None


def _includes(written: WrittenProject[HlsProject]) -> tuple[str, ...]:
    return tuple(f"-I{(written.directory / path).resolve()}" for path in written.project.simulation.include_directories)


def _included(written: WrittenProject[HlsProject]) -> str:
    """Include lines for all sources of a project. Its own headers' guards are lifted behind them, since projects of one
    generator guard different headers with the same names; headers they share stay guarded."""
    project = written.project
    guards = sorted({match[1] for path, text in project.files.items() for match in _guards(project, path, text)})
    lines = [f'#include "{(written.directory / source).resolve()}"' for source in project.simulation.sources]
    return "\n".join([*lines, *(f"#undef {guard}" for guard in guards), ""])


def _guards(project: HlsProject, path: str, text: str) -> list[re.Match[str]]:
    return [] if path in project.library or not path.endswith(".h") else list(_GUARD.finditer(text))


def _library(
    compiler: Sequence[str],
    units: Sequence[_Unit],
    digests: Sequence[str],
    timeout_s: float,
    flags: Sequence[str] = FLAGS,
) -> Path:
    """The shared object of all units, compiled unless it is there; ``digests`` are those of its projects."""

    def build(scratch: Path, result: Path) -> None:
        for unit in units:
            if unit.text is not None:
                unit.source.write_text(unit.text, encoding="utf-8")
        objects = [scratch / f"{n}.o" for n in range(len(units))]
        jobs = [
            Command([*compiler, *understood(compiler, flags), *unit.includes, "-c", unit.source, "-o", target], scratch)
            for unit, target in zip(units, objects, strict=True)
        ]
        run_tools("g++", jobs, timeout_s=timeout_s)
        run_tool("g++", Command([*compiler, "-shared", *objects, "-o", result / LIBRARY], scratch), timeout_s=timeout_s)

    return kept(_piece(compiler, digests, flags), build) / LIBRARY


def _piece(compiler: Sequence[str], digests: Sequence[str], flags: Sequence[str]) -> Path:
    return place("simulations", *digests, *compiler, _version(tuple(compiler)), *flags)
