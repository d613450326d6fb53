"""Generated projects as values, and writing them to disk. No tool is run here."""

from trigforge.project.value import HlsProject, Port, SimulationInterface
from trigforge.project.writing import WrittenProject, write

__all__ = ["HlsProject", "Port", "SimulationInterface", "WrittenProject", "write"]
