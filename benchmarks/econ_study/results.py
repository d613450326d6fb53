"""What was measured of the autoencoder, from the stored results."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.econ_study.quality import BASELINES
from benchmarks.econ_study.quality import load as load_bins
from benchmarks.study.results import Results, load
from models import econ

Bins = dict[str, dict[str, list[float | None]]]


@dataclass(frozen=True)
class Found:
    """The last measurement of distances, its bins, and everything ever mapped or compared."""

    distances: Results
    bins: Bins
    mapped: Results
    agreed: Results

    @classmethod
    def load(cls) -> Found:
        """All that is stored."""
        return cls(load("econ", latest=True), load_bins(), load("econ_mapped"), load("econ_agreement"))

    def distance_cm(self, subject: str, where: str) -> float:
        """The mean distance of a weight set, or of another compression, under a condition or in a region."""
        return self.distances.values[f"{subject}: {where}"]

    def subjects(self, bits: int) -> dict[str, str]:
        """All that is compared at 16 x ``bits`` bits, by label: the network first."""
        network = "econ_autoencoder" if bits == econ.LINK_BITS else f"bits_{bits}"
        return {"network": network, **{name: f"{name} {bits}" for name in BASELINES}}
