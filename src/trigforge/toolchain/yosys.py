"""Yosys: mapping the stage modules of a project to the cells of UltraScale+, one by one, in processes of their own.

A stage is mapped out of context and flattened, so that what it takes does not depend on its neighbours, and an
unchanged stage is never mapped again.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
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

_KIND, _RESULT = "stages", "result"
_PROJECT = "project"
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
    done: dict[str, MappedStage] = {}

    def finish(stage: StageModule) -> None:
        done[stage.module] = _read(stage, pieces[stage.module])
        if progress is not None:
            progress(done[stage.module])

    waiting: list[StageModule] = []
    for stage in written.project.stages:
        if found(pieces[stage.module]):
            finish(stage)
        else:
            waiting.append(stage)
    waiting.sort(key=lambda stage: _size(written.project, stage), reverse=True)
    if waiting:
        with workshop(root() / _KIND) as scratch:
            jobs = [_job(written, stage, dsp, scratch) for stage in waiting]

            def ended(number: int) -> None:
                stage = waiting[number]
                put(scratch / stage.module / _RESULT, pieces[stage.module])
                finish(stage)

            run_tools("yosys", jobs, timeout_s=timeout_s, ended=ended)
        cut(root() / _KIND)
    return tuple(done[stage.module] for stage in written.project.stages)


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
        files[_file_of(project, entry.stage)] = entry.verilog.read_text(encoding="utf-8")
    files[MODELS] = models
    return replace(project, files=files, sources=(MODELS, *project.sources))


def _file_of(project: RtlProject, stage: StageModule) -> str:
    declared = {path: re.findall(r"^\s*module\s+(\w+)", project.files[path], re.MULTILINE) for path in stage.sources}
    found = [path for path, modules in declared.items() if stage.module in modules]
    if len(found) != 1 or declared[found[0]] != [stage.module]:
        raise ProjectError(f"stage module {stage.module!r} has no file of its own among {', '.join(stage.sources)}")
    return found[0]


def _place(project: RtlProject, stage: StageModule, dsp: bool, yosys: str) -> Path:
    passes = [path.read_text(encoding="utf-8") for path in (Path(yosys_worker.__file__), yosys_worker.ADDERS)]
    return place(_KIND, stage.module, str(dsp), yosys, *passes, *(project.files[path] for path in stage.sources))


def _size(project: RtlProject, stage: StageModule) -> float:
    """The effort of mapping a stage, without a unit: its adders, else its text."""
    return sum(bits for _, bits in stage.cost) or sum(len(project.files[path]) for path in stage.sources)


def _job(written: WrittenProject[RtlProject], stage: StageModule, dsp: bool, scratch: Path) -> Command:
    folder = scratch / stage.module
    (folder / _RESULT).mkdir(parents=True)
    task = {
        "top": stage.module,
        "dsp": dsp,
        "sources": [f"{_PROJECT}/{path}" for path in stage.sources],
        "adders": yosys_worker.ADDERS.name,
        "results": _RESULT,
    }
    (folder / _PROJECT).symlink_to(written.directory.resolve())
    shutil.copy(yosys_worker.ADDERS, folder)
    job = folder / "job.json"
    job.write_text(json.dumps(task), encoding="utf-8")
    return Command([sys.executable, "-m", "trigforge.toolchain.yosys_worker", job], folder)


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
