"""Yosys and abc: mapping a project to the standard cells of a Liberty file, stage by stage, to one netlist.

Each stage module is mapped by itself, as for an FPGA, in processes side by side, and kept in the cache; what stands
around the stages (registers that wait, control of folded designs) is mapped as one more. Stages end in registers, so
nothing that a chip would hold is lost at their borders, but logic that two stages could share through a register.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigforge.cache import place
from trigforge.errors import ToolMissingError
from trigforge.project import RtlProject, WrittenProject
from trigforge.toolchain import cells_worker
from trigforge.toolchain.process import Command
from trigforge.toolchain.yosys import KIND, PROJECT, RESULT, effort, file_of, run_pieces, version, worker
from trigforge.toolchain.yosys_worker import NETLIST, VERILOG

VARIABLE = "TRIGFORGE_LIBERTY"
OSU018 = Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
"""The library of Oklahoma State University for a 180 nm process, where Debian's package puts it."""
PACKAGE = "qflow-tech-osu018"
_AROUND = "around the stages"
_LIBRARY = "cells.lib"
"""the link to the library, whatever signs are in its own name"""


@dataclass(frozen=True)
class CellsRequest:
    """The library and what abc is told: cells that it must not use, its constraints (SDC subset), and the delay that
    logic between registers may have."""

    library: Path
    left_out: tuple[str, ...]
    constraints: str
    delay_ps: int


def find(library: Path | None = None) -> Path:
    """The Liberty file: ``library``, else ``TRIGFORGE_LIBERTY``, else that of ``qflow-tech-osu018``.

    Raises ``ToolMissingError`` where there is none.
    """
    chosen = library or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else OSU018)
    if chosen.is_file():
        return chosen
    if library is not None:
        raise ToolMissingError(f"the library {library} is missing; give a Liberty file (.lib) with --library")
    named = f"{VARIABLE} is set to {str(chosen)!r}, which is no file; correct or unset it"
    install = f"apt-get install {PACKAGE}, or set {VARIABLE} to a Liberty file (.lib)"
    raise ToolMissingError(
        f"a library of standard cells is missing: {named if chosen != OSU018 else install}. "
        "Without it, everything but trigforge asic still works"
    )


def map_to_cells(
    written: WrittenProject[RtlProject],
    asked: CellsRequest,
    progress: Callable[[int], None] | None = None,
    timeout_s: float = 7200.0,
) -> Path:
    """The netlist of a project's core in the cells of a library: Yosys' JSON (gzip), flat, each cell with the attribute
    ``stage``, the name of the module that it was mapped in.

    Pieces that the cache holds are not mapped again. ``progress`` is called with each piece that is there; there are
    ``pieces_of`` of them. Raises as ``yosys.map_stages``.
    """
    project = written.project
    stages = {stage.module: stage for stage in project.stages}
    files = {stage.module: file_of(project, stage) for stage in project.stages}
    own = [path for path in project.sources if path not in set(files.values())]
    sources = {module: list(stages[module].sources) for module in stages}
    sources[_AROUND] = [*own, *files.values()]
    closed = {_AROUND: [*files.values()]}
    pieces = {name: _place(project, name, paths, asked) for name, paths in sources.items()}

    def job(name: str, folder: Path) -> Command:
        _link(folder, asked)
        (folder / PROJECT).symlink_to(written.directory.resolve())
        constraints = folder / "abc.constr"
        constraints.write_text(asked.constraints, encoding="utf-8")
        task = {
            "top": project.core if name == _AROUND else name,
            "sources": [f"{PROJECT}/{path}" for path in sources[name]],
            "closed": [f"{PROJECT}/{path}" for path in closed.get(name, ())],
            "library": _LIBRARY,
            "left_out": asked.left_out,
            "constraints": constraints.name,
            "delay_ps": asked.delay_ps,
            "results": RESULT,
        }
        return worker(cells_worker.__name__, task, folder)

    def finish(name: str) -> None:
        if progress is not None:
            progress(1)

    order = sorted(stages, key=lambda module: effort(project, stages[module]), reverse=True)
    run_pieces(pieces, [*order, _AROUND], job, finish, timeout_s)
    mapped = [pieces[_AROUND], *(pieces[module] for module in stages)]
    return _together(project.core, mapped, asked, finish, timeout_s)


def pieces_of(project: RtlProject) -> int:
    """The steps of mapping a project: its stages, what is around them, and the whole."""
    return len(project.stages) + 2


def _together(
    core: str, mapped: Sequence[Path], asked: CellsRequest, finish: Callable[[str], None], timeout_s: float
) -> Path:
    texts = [(piece / VERILOG).read_text(encoding="utf-8") for piece in mapped]
    piece = place(KIND, core, *texts, asked.library.read_bytes(), Path(cells_worker.__file__).read_bytes(), version())

    def job(name: str, folder: Path) -> Command:
        _link(folder, asked)
        names = [f"part{number}.v" for number in range(len(mapped))]
        for source, text in zip(names, texts, strict=True):
            (folder / source).write_text(text, encoding="utf-8")
        task = {"top": core, "sources": names, "library": _LIBRARY, "results": RESULT}
        return worker(cells_worker.__name__, task, folder)

    run_pieces({core: piece}, [core], job, finish, timeout_s)
    return piece / NETLIST


def _link(folder: Path, asked: CellsRequest) -> None:
    (folder / _LIBRARY).symlink_to(asked.library.resolve())


def _place(project: RtlProject, name: str, sources: Sequence[str], asked: CellsRequest) -> Path:
    passes = Path(cells_worker.__file__).read_bytes()
    told = f"{asked.left_out} {asked.constraints} {asked.delay_ps} {version()}"
    return place(KIND, name, passes, asked.library.read_bytes(), told, *(project.files[path] for path in sources))
