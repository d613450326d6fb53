"""Reports: a tool's text becomes a frozen value with units, and every number carries how it was obtained."""

from trigforge.reports.build_report import (
    BudgetLine,
    BuildReport,
    BuildRoute,
    GraphNode,
    Implementation,
    Layer,
    Making,
    NodeCost,
    PipelineStage,
    Verdict,
)
from trigforge.reports.csynth import CsynthReport, parse_csynth
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources, Verification
from trigforge.reports.files import from_json, load_report, save_report, to_json
from trigforge.reports.quality import ClassCurve, Outcome, Quality, Residuals
from trigforge.reports.sharing import Arriving, ComparedCost, KeptApart, Occupancy, PlannedCost, SavedBits, Sharing
from trigforge.reports.terminal import print_report, render
from trigforge.reports.versions import environment

__all__ = [
    "Arriving",
    "BudgetLine",
    "BuildReport",
    "BuildRoute",
    "ClassCurve",
    "ComparedCost",
    "CsynthReport",
    "Figure",
    "GraphNode",
    "Implementation",
    "KeptApart",
    "Latency",
    "Layer",
    "Leaf",
    "Making",
    "Missing",
    "NodeCost",
    "Occupancy",
    "Outcome",
    "PipelineStage",
    "PlannedCost",
    "Provenance",
    "Quality",
    "Residuals",
    "Resources",
    "SavedBits",
    "Sharing",
    "Verdict",
    "Verification",
    "environment",
    "from_json",
    "load_report",
    "parse_csynth",
    "print_report",
    "render",
    "save_report",
    "to_json",
]
