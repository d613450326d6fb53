"""Estimates of clock period and LUTs after place and route, each with its interval and range of validity."""

from trigforge.timing.analysis import PathStep, StageTiming, analyse, behind_voter
from trigforge.timing.area import estimate_placed_ff, estimate_placed_lut, estimate_unmapped_lut
from trigforge.timing.clock import estimate_clock_period
from trigforge.timing.netlist import read_netlist

__all__ = [
    "PathStep",
    "StageTiming",
    "analyse",
    "behind_voter",
    "estimate_clock_period",
    "estimate_placed_ff",
    "estimate_placed_lut",
    "estimate_unmapped_lut",
    "read_netlist",
]
