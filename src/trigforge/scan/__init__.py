"""A grid of designs on some networks: its file, the records of its points, their Pareto front, table and picture."""

from trigforge.scan.accuracy import Accuracy, accuracy_of
from trigforge.scan.grid import Axis, GridDesign, ScanFile, designs, merged, parse_axis, read_scan
from trigforge.scan.pareto import dominates, marked
from trigforge.scan.records import (
    KeptPoint,
    RefusedPoint,
    Scan,
    ScannedNetwork,
    ScanPoint,
    design_text,
    from_json,
    kept_from_json,
    kept_to_json,
    to_json,
)

__all__ = [
    "Accuracy",
    "Axis",
    "GridDesign",
    "KeptPoint",
    "RefusedPoint",
    "Scan",
    "ScanFile",
    "ScanPoint",
    "ScannedNetwork",
    "accuracy_of",
    "design_text",
    "designs",
    "dominates",
    "from_json",
    "kept_from_json",
    "kept_to_json",
    "marked",
    "merged",
    "parse_axis",
    "read_scan",
    "to_json",
]
