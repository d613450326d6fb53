"""``trigforge doctor``: what is installed and what it enables; what a model becomes and costs, before it is built."""

from trigforge.diagnosis.environment import examine_environment
from trigforge.diagnosis.layers import examine_layers, refused_layers
from trigforge.diagnosis.prediction import folding_that_fits, predict, shares
from trigforge.diagnosis.records import (
    Diagnosis,
    Environment,
    LayerFinding,
    LayerState,
    ModelFinding,
    Prediction,
    Remark,
    RemarkKind,
    Tool,
    to_json,
)
from trigforge.diagnosis.remarks import remarks_of, remarks_of_coverage, remarks_of_reuse, remarks_of_size

__all__ = [
    "Diagnosis",
    "Environment",
    "LayerFinding",
    "LayerState",
    "ModelFinding",
    "Prediction",
    "Remark",
    "RemarkKind",
    "Tool",
    "examine_environment",
    "examine_layers",
    "folding_that_fits",
    "predict",
    "refused_layers",
    "remarks_of",
    "remarks_of_coverage",
    "remarks_of_reuse",
    "remarks_of_size",
    "shares",
    "to_json",
]
