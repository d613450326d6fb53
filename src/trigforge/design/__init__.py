"""Design points: ``DesignPoint``, its targets, its file, the budget in it, and the layers and inputs that it
names."""

from trigforge.design.budget import Budget, Preset, presets
from trigforge.design.file import DesignFile, load_design, read_design
from trigforge.design.inputs import input_faults, least_interval, rows_a_cycle
from trigforge.design.layers import (
    all_nodes,
    asked_instances,
    check_layers,
    hls_design,
    layers_in,
    layers_of,
    multiplies,
    neurons_asked_for,
)
from trigforge.design.point import (
    Arrival,
    Backend,
    DesignPoint,
    HlsDesign,
    InputDesign,
    IoType,
    LayerDesign,
    Multipliers,
    Redundancy,
    RtlDesign,
    Strategy,
)
from trigforge.design.targets import Fpga, Resource, Target

__all__ = [
    "Arrival",
    "Backend",
    "Budget",
    "DesignFile",
    "DesignPoint",
    "Fpga",
    "HlsDesign",
    "InputDesign",
    "IoType",
    "LayerDesign",
    "Multipliers",
    "Preset",
    "Redundancy",
    "Resource",
    "RtlDesign",
    "Strategy",
    "Target",
    "all_nodes",
    "asked_instances",
    "check_layers",
    "hls_design",
    "input_faults",
    "layers_in",
    "layers_of",
    "least_interval",
    "load_design",
    "multiplies",
    "neurons_asked_for",
    "presets",
    "read_design",
    "rows_a_cycle",
]
