"""A design in standard cells: the library's Liberty file, the mapped netlist, its activity, timing and energy."""

from trigforge.asic.energy import Energy, energies
from trigforge.asic.library import Library
from trigforge.asic.netlist import Netlist, read_netlist
from trigforge.asic.paths import Timing, analyse, register_overhead_ns
from trigforge.asic.reading import read_library
from trigforge.asic.records import AsicView, CellCount, LibraryFacts, StageView, from_json, to_json
from trigforge.asic.scaling import NODES_NM, Extrapolated, extrapolated
from trigforge.asic.simulating import Activity, NetlistSimulation, Simulated

__all__ = [
    "NODES_NM",
    "Activity",
    "AsicView",
    "CellCount",
    "Energy",
    "Extrapolated",
    "Library",
    "LibraryFacts",
    "Netlist",
    "NetlistSimulation",
    "Simulated",
    "StageView",
    "Timing",
    "analyse",
    "energies",
    "extrapolated",
    "from_json",
    "read_library",
    "read_netlist",
    "register_overhead_ns",
    "to_json",
]
