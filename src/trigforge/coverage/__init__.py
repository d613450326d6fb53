"""Coverage: the ranges, overflows, roundings and unused bits of every tensor of a graph on a user's own events."""

from trigforge.coverage.file import from_json, to_json
from trigforge.coverage.observation import Observation
from trigforge.coverage.records import Coverage, QuantizerCoverage, TensorCoverage, percent_of_all

__all__ = [
    "Coverage",
    "Observation",
    "QuantizerCoverage",
    "TensorCoverage",
    "from_json",
    "percent_of_all",
    "to_json",
]
