"""Muons in a chamber of seven gas gaps: simulation, straight-line fit, readers, committed sample. See README.md."""

from datasets.muon.chamber import CHAMBER, Chamber, Gap, check, check_read_by
from datasets.muon.errors import MuonDataError
from datasets.muon.simulation import CLEAN, DEFAULT, Conditions, Muons, Spectrum, simulate

__all__ = [
    "CHAMBER",
    "CLEAN",
    "DEFAULT",
    "Chamber",
    "Conditions",
    "Gap",
    "MuonDataError",
    "Muons",
    "Spectrum",
    "check",
    "check_read_by",
    "simulate",
]
