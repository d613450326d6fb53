"""trigforge: from a trained physics model to verified trigger firmware.

    graph = trigforge.read("jet_tagger")            # a model object, a file, or the name of a model folder
    result = trigforge.emulate(graph, events)       # exactly the integers the firmware computes
    report = trigforge.build(graph)                 # project, proof and figures under build/<name>/

Nothing is imported before it is used: no training framework, no vendor tool.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trigforge.design import DesignPoint, Fpga, HlsDesign, LayerDesign, RtlDesign
    from trigforge.flow import build, compare, emulate, profile, quantize, read, verify
    from trigforge.graph import FixedPointGraph

__all__ = [
    "DesignPoint",
    "FixedPointGraph",
    "Fpga",
    "HlsDesign",
    "LayerDesign",
    "RtlDesign",
    "build",
    "compare",
    "emulate",
    "profile",
    "quantize",
    "read",
    "verify",
]

_HOMES = {
    **dict.fromkeys(("DesignPoint", "Fpga", "HlsDesign", "LayerDesign", "RtlDesign"), "trigforge.design"),
    "FixedPointGraph": "trigforge.graph",
    **dict.fromkeys(("build", "compare", "emulate", "profile", "quantize", "read", "verify"), "trigforge.flow"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'trigforge' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
