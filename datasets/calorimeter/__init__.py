"""Modules of 48 trigger cells of a sampling calorimeter: simulation, readers, committed sample. See README.md."""

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.files import SAMPLE_PATH, read_root, write_root
from datasets.calorimeter.generator import Conditions, simulate
from datasets.calorimeter.geometry import (
    CELLS,
    DISTANCES_CM,
    IMAGE,
    NEIGHBOURS,
    POSITIONS_CM,
    RHOMBUS_OF_CELL,
    SUPERCELL_WEIGHTS,
    SUPERCELLS,
    from_image,
    to_image,
)
from datasets.calorimeter.modules import TRUTH, UNITS_A_MIP, Modules, join, occupancy
from datasets.calorimeter.particles import Signal
from datasets.calorimeter.readers import read_csv, read_modules, read_ntuple

__all__ = [
    "CELLS",
    "DISTANCES_CM",
    "IMAGE",
    "NEIGHBOURS",
    "POSITIONS_CM",
    "RHOMBUS_OF_CELL",
    "SAMPLE_PATH",
    "SUPERCELLS",
    "SUPERCELL_WEIGHTS",
    "TRUTH",
    "UNITS_A_MIP",
    "CalorimeterDataError",
    "Conditions",
    "Modules",
    "Signal",
    "from_image",
    "join",
    "occupancy",
    "read_csv",
    "read_modules",
    "read_ntuple",
    "read_root",
    "simulate",
    "to_image",
    "write_root",
]
