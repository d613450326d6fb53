"""Pipelined Verilog of a graph: gates, stages, modules, and the shells around the core."""

from trigforge.rtl.cost import StageLogic
from trigforge.rtl.generate import core_ports, to_project
from trigforge.rtl.interpret import expected_probes
from trigforge.rtl.logic import DesignLogic, logic_of

__all__ = ["DesignLogic", "StageLogic", "core_ports", "expected_probes", "logic_of", "to_project"]
