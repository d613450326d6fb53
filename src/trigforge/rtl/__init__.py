"""Pipelined Verilog of a graph: gates, stages, modules, and the shells around the core."""

from trigforge.rtl.generate import to_project

__all__ = ["to_project"]
