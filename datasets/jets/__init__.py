"""Jets of five classes (g, q, W, Z, t) near 1 TeV: generator, readers, committed sample. See README.md."""

from datasets.jets.errors import JetDataError
from datasets.jets.readers import SAMPLE_PATH, join, read_hls4ml_lhc_jets, read_jets, read_root
from datasets.jets.schema import CLASS_NAMES, HIGH_LEVEL_NAMES, PARTICLE_FEATURES, Jets

__all__ = [
    "CLASS_NAMES",
    "HIGH_LEVEL_NAMES",
    "PARTICLE_FEATURES",
    "SAMPLE_PATH",
    "JetDataError",
    "Jets",
    "join",
    "read_hls4ml_lhc_jets",
    "read_jets",
    "read_root",
]
