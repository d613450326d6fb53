"""The mapped stages of a project with their longest paths: measured cells, and what the timing is estimated from."""

from dataclasses import dataclass
from pathlib import Path

from trigforge import cache
from trigforge.design import DesignPoint, Multipliers, Redundancy
from trigforge.flow.observer import Observer
from trigforge.json_records import Codec, print_json
from trigforge.project import RtlProject, StageModule, WrittenProject
from trigforge.timing import StageTiming, analyse, behind_voter, read_netlist
from trigforge.toolchain import yosys
from trigforge.toolchain.yosys import MappedStage

_FILE = "timing.json"
_CODEC = Codec("timing of a stage", "trigforge cache --clear")


@dataclass(frozen=True)
class TimedStage:
    """A stage as Yosys mapped it, and its longest path."""

    mapped: MappedStage
    timing: StageTiming


def map_and_time(
    written: WrittenProject[RtlProject], design: DesignPoint, observer: Observer
) -> tuple[TimedStage, ...]:
    """Every stage of a project, in its order; raises as ``yosys.map_stages``."""
    found: dict[StageModule, TimedStage] = {}
    with observer.step("Map the stages (yosys)", len(written.project.stages), "stages") as step:

        def mapped(entry: MappedStage) -> None:
            timing = _timing(entry.netlist)
            voted = design.rtl.redundancy is not Redundancy.NONE
            found[entry.stage] = TimedStage(entry, behind_voter(timing) if voted else timing)
            step.advance(1)

        yosys.map_stages(written, dsp=design.rtl.multipliers is Multipliers.DSP, progress=mapped)
    return tuple(found[stage] for stage in written.project.stages)


def _timing(netlist: Path) -> StageTiming:
    """The longest path of a netlist, from the cache where it was found before."""
    piece = cache.place("timings", netlist.read_bytes(), cache.digest_of_rooms("timing", "resources"))
    return cache.remembered(
        piece,
        lambda folder: _CODEC.parse(StageTiming, (folder / _FILE).read_text(encoding="utf-8"), _FILE),
        lambda: analyse(read_netlist(netlist)),
        lambda timing, folder: (folder / _FILE).write_text(print_json(_CODEC.form(timing), 1), encoding="utf-8"),
    )
