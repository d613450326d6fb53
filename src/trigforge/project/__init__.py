"""Generated projects as values, and writing them to disk. No tool is run here."""

from trigforge.project.rtl import Probe, RtlPort, RtlProject, Shell, StageModule
from trigforge.project.sharing import KeptApart, PlannedCost, SharedInstances, Sharing
from trigforge.project.value import HlsProject, Multiplications, Port, Project, SimulationInterface
from trigforge.project.writing import WrittenProject, remove, write

__all__ = [
    "HlsProject",
    "KeptApart",
    "Multiplications",
    "PlannedCost",
    "Port",
    "Probe",
    "Project",
    "RtlPort",
    "RtlProject",
    "SharedInstances",
    "Sharing",
    "Shell",
    "SimulationInterface",
    "StageModule",
    "WrittenProject",
    "remove",
    "write",
]
