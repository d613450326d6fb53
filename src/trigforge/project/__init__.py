"""Generated projects as values, and writing them to disk. No tool is run here."""

from trigforge.project.rtl import Probe, RtlPort, RtlProject, SharedInstances, Shell, StageModule
from trigforge.project.value import HlsProject, Multiplications, Port, Project, SimulationInterface
from trigforge.project.writing import WrittenProject, remove, write

__all__ = [
    "HlsProject",
    "Multiplications",
    "Port",
    "Probe",
    "Project",
    "RtlPort",
    "RtlProject",
    "SharedInstances",
    "Shell",
    "SimulationInterface",
    "StageModule",
    "WrittenProject",
    "remove",
    "write",
]
