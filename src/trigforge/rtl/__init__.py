"""Pipelined Verilog of a graph: gates, stages, modules, and the shells around the core."""

from trigforge.rtl.generate import core_ports, to_project
from trigforge.rtl.interpret import expected_probes

__all__ = ["core_ports", "expected_probes", "to_project"]
