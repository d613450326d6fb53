"""Pipelined Verilog of a graph: gates, stages, modules, and the shells around the core."""

from trigforge.rtl.generate import to_project
from trigforge.rtl.interpret import expected_probes

__all__ = ["expected_probes", "to_project"]
