"""Native kernels: compiled once, for this machine or for any, and run on arrays of mantissas.

The kernel is a value that the emulator's generator makes; here it is any object with the attributes of ``Kernel``.
"""

import ctypes
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from trigforge.cache import digest_of, kept
from trigforge.errors import BitMismatch, EventsError, ToolFailedError
from trigforge.fixed import Interval
from trigforge.graph.simulation import Proof, SimulationResult, check_range, checked_inputs, first_difference
from trigforge.toolchain.gxx import compilers, version
from trigforge.toolchain.process import AT_ONCE, Command, run_tool, run_tools

FLAGS = (
    "-std=c++17",
    "-O1",
    "-fPIC",
    "-fwrapv",
    "-fno-strict-aliasing",
    "-fno-delete-null-pointer-checks",
    "-fvisibility=hidden",
    "-w",
)
"""Flags of g++ and clang. Without -fno-delete-null-pointer-checks, g++ 12 may take a store to a row for one to null."""

_HERE = (("native", ("-march=native",)),)
_ANYWHERE = (
    ("avx512", ("-march=x86-64-v4", "-mavx512vnni", "-mtune=generic")),
    ("avx2", ("-march=x86-64-v3", "-mtune=generic")),
    ("any", ()),
)
_LIBRARY = "kernel.so"
_KERNELS_IN_ONE_FILE = 20

Events = npt.NDArray[Any]
"""int16, int32 or int64"""

_KINDS = ("int64", "int32", "int16")


class KernelPort(Protocol):
    """An input or output of a kernel."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def interval(self) -> Interval: ...


class Kernel(Protocol):
    """C++ of one kernel; see ``emulator.native.NativeKernel``."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def entry(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def inputs(self) -> Sequence[KernelPort]: ...
    @property
    def outputs(self) -> Sequence[KernelPort]: ...
    @property
    def proof(self) -> Proof: ...


@dataclass(frozen=True)
class NativeSimulation:
    """A compiled kernel, ready to run; those of ``compile_kernels`` are proved.

    ``compiler`` is the command that compiled it; ``notice`` says why it was not the first choice, None where it was.
    """

    library: Path
    kernel: Kernel
    compiler: Sequence[str]
    notice: str | None = None

    def run(
        self, inputs: Mapping[str, Events], *, threads: int = 1, outputs: Mapping[str, Events] | None = None
    ) -> SimulationResult:
        """Every output for every event.

        ``inputs`` maps each graph input to mantissas ``(events, *shape)`` of 16, 32 or 64 bits; one event is enough for
        a register. ``outputs`` may give arrays to write to, of 16, 32 or 64 bits, wide enough for their tensors; else
        they are new, int64. Raises ``EventsError`` for inputs that are missing, of the wrong shape or outside their
        types.
        """
        shapes = {port.name: port.shape for port in self.kernel.inputs}
        checked, events = checked_inputs(shapes, inputs, _KINDS)
        arrays = [np.ascontiguousarray(array) for array in checked]
        results = _results(self.kernel.outputs, outputs or {}, events)
        strides = [0 if len(a) == 1 and events > 1 else a[:1].size for a in arrays]
        wrong = self._call(arrays, strides, list(results.values()), events, threads)
        if wrong >= 0:
            self._explain(arrays, wrong)
        if wrong == -2:
            raise EventsError(f"there is no memory for the blocks of {threads} threads; use fewer")
        return SimulationResult("native emulator", results)

    def _call(
        self, arrays: Sequence[Events], strides: Sequence[int], results: Sequence[Events], events: int, threads: int
    ) -> int:
        parts = [
            np.array(part, np.int64)
            for part in (
                [array.ctypes.data for array in arrays],
                strides,
                [array.itemsize for array in arrays],
                [array.ctypes.data for array in results],
                [array.itemsize for array in results],
            )
        ]
        call = _Call(*(part.ctypes.data for part in parts), events)
        return int(_entry(self.library, self.kernel.entry)(ctypes.byref(call), threads))

    def _explain(self, arrays: Sequence[Events], first: int) -> None:
        """Find the mantissa that the kernel refused, from event ``first`` on, and raise its error."""
        for port, array in zip(self.kernel.inputs, arrays, strict=True):
            start = first if len(array) > 1 else 0
            check_range(port.name, port.interval, array[start:].astype(np.int64), start)
        raise self._wrong(f"event {first}, or one soon after it, is refused without a reason")

    def prove(self) -> None:
        """Play the kernel's proof; raise ``BitMismatch`` and remove the library where an output differs."""
        try:
            found = self.run(self.kernel.proof.inputs).outputs
            difference = first_difference(self.kernel.proof.outputs, found)
            if difference is not None:
                raise self._wrong(difference)
        except BitMismatch:
            shutil.rmtree(self.library.parent, ignore_errors=True)
            _entry.cache_clear()
            raise

    def _wrong(self, fault: str) -> BitMismatch:
        return BitMismatch(f"{_named(self.compiler)} made a wrong kernel of {self.kernel.name!r}: {fault}")


class _Call(ctypes.Structure):
    """``TrigforgeCall`` of ``call.h``."""

    _fields_ = (
        ("inputs", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("in_bytes", ctypes.c_void_p),
        ("outputs", ctypes.c_void_p),
        ("out_bytes", ctypes.c_void_p),
        ("events", ctypes.c_int64),
    )


def _named(compiler: Sequence[str]) -> str:
    return f"the compiler ({' '.join(compiler)} {version(compiler)})"


def _results(ports: Sequence[KernelPort], given: Mapping[str, Events], events: int) -> dict[str, Events]:
    results: dict[str, Events] = {}
    for port in ports:
        array = given.get(port.name)
        if array is None:
            results[port.name] = np.empty((events, *port.shape), np.int64)
            continue
        hull = port.interval.hull
        bits = hull.width + (not hull.signed)
        good = array.dtype in _KINDS and array.itemsize * 8 >= bits and array.shape == (events, *port.shape)
        if not (good and array.flags.c_contiguous and array.flags.writeable):
            raise EventsError(
                f"output {port.name!r}: expected a writeable, contiguous array of shape {[events, *port.shape]} and at "
                f"least {bits} bits (int16, int32 or int64), found {array.dtype} of shape {list(array.shape)}; "
                "give such an array"
            )
        results[port.name] = array
    return results


@cache
def _entry(library: Path, name: str) -> Any:
    try:
        entry = getattr(ctypes.CDLL(str(library)), name)
    except (OSError, AttributeError) as error:
        raise ToolFailedError(f"the compiled kernel cannot be loaded: {error}; remove it to compile anew") from None
    entry.argtypes = [ctypes.c_void_p, ctypes.c_int]
    entry.restype = ctypes.c_int64
    return entry


def compile_kernel(
    kernel: Kernel, directory: Path, *, portable: bool = False, timeout_s: float = 600.0
) -> NativeSimulation:
    """The shared object of a kernel in ``directory``, compiled once for each text, compiler and processor.

    One that is ``portable`` holds variants for AVX-512, AVX2 and any x86-64, of which each machine picks its own; else
    it is for this machine alone. New or kept, it proves itself on the kernel's events; one that is wrong is not kept,
    and the next compiler of ``gxx.compilers`` is tried. Raises ``ToolMissingError`` without a compiler,
    ``ToolFailedError`` where it fails, ``BitMismatch`` where every compiler makes a wrong kernel, and ``ProjectError``
    where the directory cannot be written.
    """
    return compile_kernels([kernel], directory, portable=portable, timeout_s=timeout_s)[0]


def compile_kernels(
    kernels: Sequence[Kernel],
    directory: Path,
    *,
    portable: bool = False,
    flags: Sequence[str] = FLAGS,
    timeout_s: float = 600.0,
) -> list[NativeSimulation]:
    """Many kernels in one shared object, twenty in one run of the compiler; else as ``compile_kernel``."""
    if not kernels:
        return []
    wrong: list[str] = []
    for compiler in compilers():
        notice = f"native engine by {_named(compiler)}, since {'; '.join(wrong)}" if wrong else None
        try:
            library = _library(kernels, directory, compiler, flags, _ANYWHERE if portable else _HERE, timeout_s)
            simulations = [NativeSimulation(library, kernel, compiler, notice) for kernel in kernels]
            for simulation in simulations:
                simulation.prove()
        except BitMismatch as error:
            wrong.append(str(error))
        except ToolFailedError:
            if not wrong:
                raise
            wrong.append(f"{_named(compiler)} failed")
        else:
            return simulations
    raise BitMismatch(f"{'; '.join(wrong)}; set TRIGFORGE_GXX to another compiler, or use the reference emulator")


def _library(
    kernels: Sequence[Kernel],
    directory: Path,
    compiler: Sequence[str],
    flags: Sequence[str],
    variants: Sequence[tuple[str, Sequence[str]]],
    timeout_s: float,
) -> Path:
    """The shared object that one compiler makes of the kernels, compiled unless it is there."""
    host = "TRIGFORGE_HOST" if variants == _HERE else "TRIGFORGE_PORTABLE_HOST"
    made_of = [*(kernel.digest for kernel in kernels), *compiler, version(compiler), *flags, repr(variants), _cpu()]

    def build(scratch: Path, result: Path) -> None:
        for name, text in kernels[0].headers.items():
            (scratch / name).write_text(text, encoding="utf-8")
        entries = "".join(f"{host}({kernel.entry})\n" for kernel in kernels)
        (scratch / "host.cpp").write_text(f'#include "host.h"\n{_VISIBLE}{entries}{_HIDDEN}', encoding="utf-8")
        jobs = [Command([*compiler, *flags, "-c", "host.cpp", "-o", "host.o"], scratch)]
        size = max(1, min(_KERNELS_IN_ONE_FILE, -(-len(kernels) // AT_ONCE)))
        for start in range(0, len(kernels), size):
            text = "\n".join(kernel.source for kernel in kernels[start : start + size])
            (scratch / f"kernel{start}.cpp").write_text(text, encoding="utf-8")
            for variant, machine in variants:
                defined = f"-DTRIGFORGE_VARIANT={variant}"
                target = f"{variant}{start}.o"
                arguments = [*compiler, *flags, *machine, defined, "-c", f"kernel{start}.cpp", "-o", target]
                jobs.append(Command(arguments, scratch))
        run_tools("g++", jobs, timeout_s=timeout_s)
        objects = [job.arguments[-1] for job in jobs]
        link = Command([*compiler, "-shared", "-pthread", *objects, "-o", result / _LIBRARY], scratch)
        run_tool("g++", link, timeout_s=timeout_s)

    return kept(directory.resolve() / digest_of(*made_of)[:32], build) / _LIBRARY


_VISIBLE = "#pragma GCC visibility push(default)\n"
_HIDDEN = "#pragma GCC visibility pop\n"


@cache
def _cpu() -> str:
    """The abilities of this processor: a kernel for one machine does not run on every other."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
