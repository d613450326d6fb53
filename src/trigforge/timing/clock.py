"""The clock period of a whole design, from the timing of its stages and its size."""

import re
from collections.abc import Sequence

from trigforge.design import Fpga
from trigforge.reports.figures import Figure, Leaf, Missing, Provenance
from trigforge.resources.parts import Part
from trigforge.timing.analysis import StageTiming
from trigforge.timing.model import PeriodModel, interval, model

_SPEED_GRADE = re.compile(r"-2l?(-|$)")


def estimate_clock_period(stages: Sequence[StageTiming], lut: float, target: Fpga) -> Leaf:
    """The period (ns) at which a design of these stages and so many LUTs can be clocked after place and route.

    It is the longest over all stages of cells + wires x ``PeriodModel.wire_factor(lut)``, for a tool that is asked for
    a shorter one, as for the designs that the model is fitted to. The interval holds what ``source`` says; that of a
    design smaller than those is between ``PeriodModel.wire_factors``. A stage with cells of unknown delay, a part of
    another family or speed grade, a size above and a depth outside of those designs' set ``outside_range``. Missing
    where there is no stage.
    """
    if not stages:
        return Missing("no pipeline stage was mapped; map the design with Yosys (pip install 'trigforge[rtl]')")
    fitted = model().period
    factor = fitted.wire_factor(lut)
    longest = max(stages, key=lambda stage: stage.period_ns(factor))
    period = longest.period_ns(factor)
    shortest, widest = (max(s.period_ns(f) for s in stages) for f in fitted.wire_factors(lut))
    low, _ = interval(shortest, fitted.interval_percent)
    _, high = interval(widest, fitted.interval_percent)
    reasons = _reasons(fitted, stages, longest, lut, target.device)
    source = (
        f"static timing of mapped stages, wires fitted to {fitted.designs} published designs of {fitted.families} "
        f"families: within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them "
        f"(leave one family out); longest in {longest.stage}"
    )
    least, _ = fitted.lut_range
    if lut < least:
        source += f"; fewer LUT than any of them: between the shortest wires and those of {least:,} LUT"
    return Figure(
        value=round(period, 3),
        unit="ns",
        provenance=Provenance.ESTIMATED,
        source=source if not reasons else f"{source}; outside what was fitted: {', '.join(reasons)}",
        low=round(low, 3),
        high=round(high, 3),
        outside_range=bool(reasons),
    )


def _reasons(
    fitted: PeriodModel, stages: Sequence[StageTiming], longest: StageTiming, lut: float, part: Part
) -> list[str]:
    """The reasons why the model was not fitted to designs like this."""
    reasons: list[str] = []
    _, most = fitted.lut_range
    if lut > most:
        reasons.append(f"{lut:,.0f} LUT are more than {most:,}")
    shallow, deep = fitted.logic_range_ns
    if not shallow <= longest.logic_ns <= deep:
        reasons.append(f"a stage of {longest.logic_ns:.2f} ns is not in {shallow:g} to {deep:g} ns")
    if part.family not in fitted.devices or not _SPEED_GRADE.search(part.name):
        reasons.append(f"{part.name} is no {' or '.join(fitted.devices)} of speed grade -2")
    unmodelled = sorted({name for stage in stages for name in stage.unmodelled})
    if unmodelled:
        reasons.append(f"no delays are known of {', '.join(unmodelled)}")
    return reasons
