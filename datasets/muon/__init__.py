"""Muons in a chamber of seven gas gaps: simulation, straight-line fit, readers, committed sample. See README.md."""

from datasets.muon.chamber import CHAMBER, Chamber, Gap, check, check_read_by
from datasets.muon.errors import MuonDataError
from datasets.muon.files import SAMPLE_PATH, read_fake_tgc, read_root, write_root
from datasets.muon.fit import REJECT_ABOVE, fit_lines
from datasets.muon.geometry import load_chamber
from datasets.muon.simulation import CLEAN, DEFAULT, Conditions, Muons, Spectrum, simulate

__all__ = [
    "CHAMBER",
    "CLEAN",
    "DEFAULT",
    "REJECT_ABOVE",
    "SAMPLE_PATH",
    "Chamber",
    "Conditions",
    "Gap",
    "MuonDataError",
    "Muons",
    "Spectrum",
    "check",
    "check_read_by",
    "fit_lines",
    "load_chamber",
    "read_fake_tgc",
    "read_root",
    "simulate",
    "write_root",
]
