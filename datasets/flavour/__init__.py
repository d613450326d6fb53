"""Jets of b, c and light flavour with their tracks' impact parameters: generator, readers, sample. See README.md."""

from datasets.flavour.errors import FlavourDataError
from datasets.flavour.public import read_hdf5, read_ntuple
from datasets.flavour.readers import SAMPLE_PATH, read_flavour, read_root
from datasets.flavour.schema import CLASSES, FEATURES, TRACKS, FlavourJets, join

__all__ = [
    "CLASSES",
    "FEATURES",
    "SAMPLE_PATH",
    "TRACKS",
    "FlavourDataError",
    "FlavourJets",
    "join",
    "read_flavour",
    "read_hdf5",
    "read_ntuple",
    "read_root",
]
