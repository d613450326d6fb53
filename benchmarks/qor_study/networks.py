"""The networks of the comparison: files published by others, which are no part of the project."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import published
from benchmarks.harness import BENCHMARKS
from trigforge.design import DesignPoint, RtlDesign

SHARED = Path(os.environ.get("TRIGFORGE_SHARED", BENCHMARKS.parent.parent / "shared"))
FILES = (
    "calibration/hgq_jsc_openml_0.771.keras",
    "calibration/da4ml_jsc_openml_76.86.h5",
    "models/hgq_tgc_2.010.keras",
    "models/hgq_plf_32x3_78.46.keras",
    "models/lin16part.keras",
    "models/mha16part.keras",
    "models/qkeras_interaction_network_16.h5",
    "models/qonnx_tfc_1w2a.onnx",
)


@dataclass(frozen=True)
class Network:
    """A network's file."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name, without its ending."""
        return self.path.stem

    @property
    def key(self) -> str:
        """Name and the first digits of the file's SHA-256, the beginning of the name of every figure."""
        return f"{self.name}@{hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]}"

    @property
    def stage_delay_ns(self) -> float | None:
        """The stage delay with which ``published.py`` builds it; None, the default, elsewhere."""
        authors = published.of(self.path.name)
        return None if authors is None else authors.stage_delay_ns

    @property
    def design(self) -> DesignPoint:
        """The design point of our Verilog."""
        return DesignPoint(rtl=RtlDesign(stage_delay_ns=self.stage_delay_ns))


def networks() -> Iterator[Network]:
    """Those that are here."""
    return (Network(SHARED / file) for file in FILES if (SHARED / file).is_file())
