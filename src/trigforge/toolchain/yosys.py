"""Yosys: mapping the stage modules of a project to the cells of UltraScale+, one by one, in processes of their own.

A stage is mapped out of context and flattened, so that what it takes does not depend on its neighbours, and an
unchanged stage is never mapped again.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata, util
from pathlib import Path

from trigforge.cache import cut, found, place, put, root, workshop
from trigforge.errors import ProjectError, ReportFormatError, ToolMissingError
from trigforge.project import RtlProject, StageModule, WrittenProject
from trigforge.toolchain import yosys_worker
from trigforge.toolchain.process import Command, run_tools
from trigforge.toolchain.yosys_worker import CELLS, NETLIST, VERILOG

CARRY4_BITS = 4
MODELS = "simulation_models/yosys_xilinx_cells.v"
"""the file to which ``mapped_netlist`` copies Yosys' own models of the cells"""

KIND, RESULT = "stages", "result"
PROJECT = "project"
"""the link to the project, since Yosys names cells after the files that they come from"""
_LUT = frozenset({"LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", "LUT6_2", "INV"})
_FF = frozenset({"FDRE", "FDSE", "FDCE", "FDPE"})
_MULTIPLEXERS = frozenset({"MUXF7", "MUXF8", "MUXF9"})
_BRAM_18K = {"RAMB18E2": 1, "RAMB36E2": 2}


@dataclass(frozen=True)
class MappedStage:
    """The cells of one copy of a stage after mapping.

    ``lut`` counts LUT1 to LUT6 and inverters, one each, ``inverters`` the latter alone. Only adders of three operands
    put two functions into one table (LUT6_2), as Vivado may elsewhere too. ``carry4`` counts what Yosys emits for this
    family, half a CARRY8 of the device. ``netlist`` is Yosys' JSON (gzip), for ``timing``, ``verilog`` the same netlist
    as a module of the same ports.
    """

    stage: StageModule
    lut: int
    inverters: int
    ff: int
    carry4: int
    wide_multiplexers: int
    dsp: int
    bram_18k: int
    uram: int
    netlist: Path
    verilog: Path

    @property
    def carry_bits(self) -> int:
        """Bits that the carry blocks span."""
        return CARRY4_BITS * self.carry4


def find() -> Path:
    """The folder of the Python package ``pyosys``, which holds Yosys; else ``ToolMissingError``."""
    found = util.find_spec("pyosys")
    if found is None or not found.submodule_search_locations:
        raise ToolMissingError(
            "yosys is missing: the Python package pyosys is not installed; run pip install 'trigforge[rtl]'. "
            "Without it, Verilog, its simulation and latency in cycles still work; resources and period are missing"
        )
    return Path(next(iter(found.submodule_search_locations)))


def version() -> str:
    """The version of Yosys; raises ``ToolMissingError`` where there is none."""
    find()
    return metadata.version("pyosys")


def map_stages(
    written: WrittenProject[RtlProject],
    *,
    dsp: bool,
    progress: Callable[[MappedStage], None] | None = None,
    timeout_s: float = 1800.0,
) -> tuple[MappedStage, ...]:
    """Map every stage module of a project by itself, in the project's order; the largest first.

    With ``dsp``, products that are wide enough become DSP slices. The cache holds each result by the contents of the
    stage's sources, the passes and the version of Yosys; stages that are there are not mapped again, so an interrupted
    call goes on where it was. ``progress`` is called with each stage when it is there. ``timeout_s`` is for one stage.

    Raises ``ToolMissingError`` without Yosys, ``ToolFailedError`` where it fails, ``ProjectError`` where the cache
    cannot be written, and ``ReportFormatError`` for a result that is not understood.
    """
    pieces = stage_pieces(written.project, dsp=dsp)
    stages = {stage.module: stage for stage in written.project.stages}
    done: dict[str, MappedStage] = {}

    def finish(module: str) -> None:
        done[module] = _read(stages[module], pieces[module])
        if progress is not None:
            progress(done[module])

    waiting = sorted(stages, key=lambda module: effort(written.project, stages[module]), reverse=True)
    run_pieces(pieces, waiting, lambda module, scratch: _job(written, stages[module], dsp, scratch), finish, timeout_s)
    return tuple(done[module] for module in stages)


def run_pieces(
    pieces: Mapping[str, Path],
    order: Sequence[str],
    job: Callable[[str, Path], Command],
    finish: Callable[[str], None],
    timeout_s: float,
) -> None:
    """Make the pieces of the cache that are not there, by name, in ``order``; ``finish`` is told each that is there.

    ``job(name, folder)`` is the command of one, which leaves its files in the folder ``RESULT`` of ``folder``, where
    it may write. An interrupted call goes on where it was. Raises as ``map_stages``.
    """
    waiting: list[str] = []
    for name in order:
        if found(pieces[name]):
            finish(name)
        else:
            waiting.append(name)
    if not waiting:
        return
    with workshop(root() / KIND) as scratch:
        for name in waiting:
            (scratch / name / RESULT).mkdir(parents=True)
        jobs = [job(name, scratch / name) for name in waiting]

        def ended(number: int) -> None:
            name = waiting[number]
            put(scratch / name / RESULT, pieces[name])
            finish(name)

        run_tools("yosys", jobs, timeout_s=timeout_s, ended=ended)
    cut(root() / KIND)


def stage_pieces(project: RtlProject, *, dsp: bool) -> dict[str, Path]:
    """The place in the cache of each stage module, by name, mapped or not; ``ToolMissingError`` without Yosys."""
    yosys = version()
    return {stage.module: _place(project, stage, dsp, yosys) for stage in project.stages}


def mapped_netlist(project: RtlProject, mapped: Sequence[MappedStage]) -> RtlProject:
    """The project with every stage module replaced by its mapped netlist, and Yosys' models of the Xilinx cells on top.

    Ports and modules keep their names, so that the core is simulated as before. Raises ``ToolMissingError`` without
    Yosys, and ``ProjectError`` for a stage whose module is in none of its files or shares its file with another, or
    that holds DSP slices or block RAM, of which Yosys has no models.
    """
    models = (find() / "share" / "xilinx" / "cells_sim.v").read_text(encoding="utf-8")
    files = dict(project.files)
    for entry in mapped:
        if entry.dsp or entry.bram_18k or entry.uram:
            raise ProjectError(
                f"stage {entry.stage.module!r} is mapped to DSP slices or block RAM, of which Yosys has no simulation "
                "models; simulate the Verilog itself"
            )
        files[file_of(project, entry.stage)] = entry.verilog.read_text(encoding="utf-8")
    files[MODELS] = models
    return replace(project, files=files, sources=(MODELS, *project.sources))


def file_of(project: RtlProject, stage: StageModule) -> str:
    """The file of a project that holds the module of a stage and nothing else; else ``ProjectError``."""
    declared = {path: re.findall(r"^\s*module\s+(\w+)", project.files[path], re.MULTILINE) for path in stage.sources}
    found = [path for path, modules in declared.items() if stage.module in modules]
    if len(found) != 1 or declared[found[0]] != [stage.module]:
        raise ProjectError(f"stage module {stage.module!r} has no file of its own among {', '.join(stage.sources)}")
    return found[0]


def _place(project: RtlProject, stage: StageModule, dsp: bool, yosys: str) -> Path:
    passes = [path.read_text(encoding="utf-8") for path in (Path(yosys_worker.__file__), yosys_worker.ADDERS)]
    return place(KIND, stage.module, str(dsp), yosys, *passes, *(project.files[path] for path in stage.sources))


def effort(project: RtlProject, stage: StageModule) -> float:
    """The effort of mapping a stage, without a unit: its adders, else its text."""
    return sum(bits for _, bits in stage.cost) or sum(len(project.files[path]) for path in stage.sources)


def _job(written: WrittenProject[RtlProject], stage: StageModule, dsp: bool, folder: Path) -> Command:
    task = {
        "top": stage.module,
        "dsp": dsp,
        "sources": [f"{PROJECT}/{path}" for path in stage.sources],
        "adders": yosys_worker.ADDERS.name,
        "results": RESULT,
    }
    (folder / PROJECT).symlink_to(written.directory.resolve())
    shutil.copy(yosys_worker.ADDERS, folder)
    return worker(yosys_worker.__name__, task, folder)


def worker(module: str, task: Mapping[str, object], folder: Path) -> Command:
    """The command that runs a worker of this room on a task, in a folder."""
    job = folder / "job.json"
    job.write_text(json.dumps(task), encoding="utf-8")
    return Command([sys.executable, "-m", module, job], folder)


def _read(stage: StageModule, piece: Path) -> MappedStage:
    path = piece / CELLS
    try:
        cells = {str(name): int(count) for name, count in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, TypeError):
        raise ReportFormatError(
            f"{path} does not count cells by type; run trigforge cache --clear to map again"
        ) from None
    known = _LUT | _FF | _MULTIPLEXERS | _BRAM_18K.keys() | {"CARRY4", "DSP48E2", "URAM288"}
    strange = sorted(cells.keys() - known)
    if strange:
        raise ReportFormatError(f"stage {stage.module!r} is mapped to cells that are not counted: {', '.join(strange)}")
    return MappedStage(
        stage=stage,
        lut=sum(cells.get(name, 0) for name in _LUT),
        inverters=cells.get("INV", 0),
        ff=sum(cells.get(name, 0) for name in _FF),
        carry4=cells.get("CARRY4", 0),
        wide_multiplexers=sum(cells.get(name, 0) for name in _MULTIPLEXERS),
        dsp=cells.get("DSP48E2", 0),
        bram_18k=sum(blocks * cells.get(name, 0) for name, blocks in _BRAM_18K.items()),
        uram=cells.get("URAM288", 0),
        netlist=piece / NETLIST,
        verilog=piece / VERILOG,
    )
