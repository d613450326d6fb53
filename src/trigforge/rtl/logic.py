"""``logic_of``: the logic of a design by stage, tensor and kind of gate, before any Verilog is written."""

from dataclasses import dataclass

from trigforge.design import DesignPoint, Redundancy
from trigforge.graph.graph import FixedPointGraph
from trigforge.rtl.choosing import plan_graph
from trigforge.rtl.cost import StageLogic, bits_of, stages_of
from trigforge.rtl.voters import voters_of


@dataclass(frozen=True)
class DesignLogic:
    """All stages of a design, those in bodies of ``Map``s once, its pipeline registers from the first input to the
    outputs, the clock cycles from one event to the next, and that in which the last inputs come, counted from 0."""

    stages: tuple[StageLogic, ...]
    latency_cycles: int
    interval_cycles: int = 1
    last_input_cycle: int = 0

    @property
    def adder_bits(self) -> float:
        """The cost of all logic, all copies counted, as ``RtlProject.adder_bits``."""
        return bits_of(self.stages)


def logic_of(graph: FixedPointGraph, design: DesignPoint) -> DesignLogic:
    """The logic of the design that ``to_project`` would write; raises as ``to_project``.

    No tool runs but the search for adder graphs, whose results the cache keeps for the build.
    """
    plan = plan_graph(graph, design)
    stages = [*stages_of(plan)]
    if design.rtl.redundancy is not Redundancy.NONE:
        stages.append(voters_of(plan))
    return DesignLogic(tuple(stages), plan.latency_cycles, plan.interval_cycles, plan.last_beat)
