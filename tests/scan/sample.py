"""Points of a scan made by hand."""

from __future__ import annotations

from trigforge.design import DesignPoint, Fpga
from trigforge.reports import BudgetLine, BuildRoute, Figure, Implementation, Latency, Provenance, Resources, Verdict
from trigforge.resources.parts import FpgaResource
from trigforge.scan import Accuracy, ScannedNetwork, ScanPoint


def accuracy(value: float, *, less: bool = True) -> Accuracy:
    """A resolution, or a share."""
    if less:
        return Accuracy("resolution", "test", value, "mrad", True)
    return Accuracy("accuracy", "test", value, "share", False)


def network(name: str = "net", known: Accuracy | None = None) -> ScannedNetwork:
    return ScannedNetwork(name, f"digest of {name}", known)


def line(key: str, verdict: Verdict) -> BudgetLine:
    found = Figure(1, "ns", Provenance.MEASURED, "counted")
    return BudgetLine(key, 1.0, "ns", found, verdict, "" if verdict is Verdict.MET else "over")


def point(
    number: int = 1,
    of: ScannedNetwork | None = None,
    *,
    cycles: int = 10,
    clock: float = 5.0,
    interval: int = 1,
    lut: int = 1000,
    dsp: int = 0,
    period: float = 4.0,
    budget: tuple[BudgetLine, ...] = (),
    pareto: bool = False,
) -> ScanPoint:
    counted = {
        resource: Figure(
            {"lut": lut, "dsp": dsp, "ff": 10}.get(resource.value, 0), resource.unit, Provenance.MEASURED, "y"
        )
        for resource in FpgaResource
    }
    estimate = Figure(lut, "LUT", Provenance.ESTIMATED, "model", round(0.9 * lut), round(1.1 * lut))
    latency = Latency(
        Figure(cycles, "cycles", Provenance.MEASURED, "counted"),
        Figure(interval, "cycles", Provenance.MEASURED, "counted"),
        Figure(period, "ns", Provenance.ESTIMATED, "model", 0.9 * period, 1.2 * period),
        Figure(cycles * period, "ns", Provenance.ESTIMATED, "model", 0.0, 1e6),
    )
    placed = Resources({**counted, FpgaResource.LUT: estimate})
    built = Implementation(BuildRoute.RTL, latency, Resources(counted), placed)
    design = DesignPoint(Fpga(clock_period_ns=clock))
    values = {"target.clock_period_ns": clock, "rtl.stage_delay_ns": 3}
    return ScanPoint(number, of or network(), values, design, built, budget, pareto)
