"""Estimates of what place and route will give: clock period and LUTs, each with its interval and range of validity."""

from trigforge.reports.estimate.area import estimate_placed_ff, estimate_placed_lut
from trigforge.reports.estimate.clock import estimate_clock_period
from trigforge.reports.estimate.netlist import read_netlist
from trigforge.reports.estimate.timing import PathStep, StageTiming, analyse

__all__ = [
    "PathStep",
    "StageTiming",
    "analyse",
    "estimate_clock_period",
    "estimate_placed_ff",
    "estimate_placed_lut",
    "read_netlist",
]
