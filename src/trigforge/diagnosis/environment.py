"""The environment: tools and packages, where they are, what each enables, and traps."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata

from trigforge import cache
from trigforge.design import Backend
from trigforge.diagnosis.records import Environment, Tool
from trigforge.diagnosis.requirements import Required, required
from trigforge.errors import ToolFailedError, ToolMissingError
from trigforge.reports import environment
from trigforge.toolchain import gxx, standard_cells, verilator, vitis_hls, vivado, yosys
from trigforge.toolchain.process import AT_ONCE

LITTLE_MEMORY_GIB = 4.0
"""Yosys and g++ take up to 2 GiB each for a network of 100,000 LUT, and two of them run at once."""


@dataclass(frozen=True)
class _Extra:
    """A group of Python packages, as ``pip install 'trigforge[NAME]'`` brings it, or one of its ``packages``."""

    name: str
    enables: str
    needed: bool = False
    packages: tuple[str, ...] = ()


_EXTRAS = (
    _Extra("hls", "HLS C++", needed=True),
    _Extra("da", "adder graphs: Verilog, and DISTRIBUTED_ARITHMETIC in HLS C++", needed=True),
    _Extra("hgq", "HGQ2 and Keras 3 models; training"),
    _Extra("qkeras", "QKeras models, without QKeras"),
    _Extra("onnx", "QONNX and QDQ models (.onnx)"),
    _Extra("torch", "torch and Brevitas modules, torch.export archives (.pt2)"),
    _Extra("events", "events in ROOT, HDF5 and Parquet files"),
    _Extra("distributed", "trigforge emulate on many machines"),
)


def examine_environment() -> Environment:
    """All that is found here, without importing a framework; each tool is asked for its version."""
    return Environment(
        versions=tuple(environment().items()),
        cores=AT_ONCE,
        memory_gib=round(_memory_gib(), 1),
        cache=str(cache.root()),
        tools=(*_programs(), *(_packages(extra) for extra in _EXTRAS)),
        traps=tuple(_traps()),
    )


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _programs() -> Iterator[Tool]:
    """The tools that run, each as its own finder finds it."""
    yield _program("g++", "the C simulation, the RTL simulation, fast emulation", _gxx, needed=True)
    yield _program("verilator", "the RTL simulation", _verilator, needed=True)
    yield _program("yosys", "LUTs, flip-flops and the clock period", _yosys, needed=True)
    enables = "area, longest path and energy in standard cells: trigforge asic"
    yield _program("standard cells", enables, lambda: ("", str(standard_cells.find())))
    for backend in (Backend.VITIS, Backend.VIVADO):
        name = "Vitis HLS" if backend is Backend.VITIS else "Vivado HLS"
        yield _program(name, f"csynth and co-simulation with backend = {backend.value!r}", lambda b=backend: _vitis(b))
    yield _program("Vivado", "place and route: trigforge implement", lambda: ("", str(vivado.find().path)))


def _gxx() -> tuple[str, str]:
    commands = [" ".join(command) for command in gxx.compilers()]
    return gxx.version(), ", ".join(commands)


def _verilator() -> tuple[str, str]:
    found = verilator.find()
    return found.version, " ".join(found.command)


def _yosys() -> tuple[str, str]:
    return yosys.version(), str(yosys.find())


def _vitis(backend: Backend) -> tuple[str, str]:
    return "", str(vitis_hls.find(backend).path)


def _program(name: str, enables: str, find: Callable[[], tuple[str, str]], *, needed: bool = False) -> Tool:
    try:
        version, where = find()
    except (ToolMissingError, ToolFailedError) as error:
        return Tool(name, enables, needed, missing=str(error))
    return Tool(name, enables, needed, version, where)


def _packages(extra: _Extra) -> Tool:
    """An extra is here when all its packages are, in whatever version."""
    wanted = required(extra.name)
    absent = [entry.package for entry in wanted if not entry.installed]
    name = f"trigforge[{extra.name}]"
    if absent:
        missing = f"{', '.join(absent)} not installed: pip install '{name}'"
        return Tool(name, extra.enables, extra.needed, missing=missing)
    versions = ", ".join(f"{entry.package} {entry.installed}" for entry in wanted)
    return Tool(name, extra.enables, extra.needed, versions, _folder(wanted))


def _folder(wanted: Sequence[Required]) -> str:
    return str(metadata.distribution(wanted[0].package).locate_file("")) if wanted else ""


def _traps() -> Iterator[str]:
    """Traps, a sentence each: what works here otherwise than expected, and what to do."""
    for extra in _EXTRAS:
        for entry in required(extra.name):
            if entry.installed and not entry.fits:
                yield (
                    f"{entry.package} {entry.installed} is installed, trigforge is tested with {entry.package}"
                    f"{entry.versions}; run pip install 'trigforge[{extra.name}]'"
                )
    if not cache.lasts():
        yield (
            f"the cache {cache.root()} ends with each command, since no folder for it can be written; set "
            "TRIGFORGE_CACHE to one that can, else every build maps and compiles anew"
        )
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        yield f"KERAS_BACKEND is {backend!r}; models are tested with tensorflow: unset it where one does not read"
    if os.environ.get("PYTHONPATH"):
        yield (
            "PYTHONPATH is set, so packages there take the place of those that are installed here; unset it where "
            "versions above are not those you expect (CMSSW and LCG set it)"
        )
    if _memory_gib() < LITTLE_MEMORY_GIB:
        yield (
            f"{_memory_gib():.1f} GiB of memory are little for {AT_ONCE} tools at once; where one is killed, run the "
            "build on one core (taskset -c 0 trigforge synth ...)"
        )
    encoding = sys.stdout.encoding or ""
    if encoding.lower().replace("-", "") != "utf8":
        yield f"the terminal takes {encoding or 'no'} text, so some signs are shown as ?; set LANG=C.UTF-8"
