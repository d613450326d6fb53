"""Pipelined Verilog of a graph: gates, stages, modules, and the shells around the core."""

from trigforge.rtl.generate import core_ports, to_project
from trigforge.rtl.interpret import expected_probes
from trigforge.rtl.survey import StageLogic, Survey, survey

__all__ = ["StageLogic", "Survey", "core_ports", "expected_probes", "survey", "to_project"]
