"""LUTs and flip-flops after place and route."""

from trigforge.reports.figures import Figure, Leaf, Missing, Provenance
from trigforge.timing.model import interval, model


def estimate_placed_lut(adder_bits: float, mapped_lut: int | None = None) -> Leaf:
    """LUTs after place and route from the cost of the adder graphs, in the measure of da4ml and alkaid.

    ``mapped_lut`` is what Yosys maps, where that is known. It does not move the estimate, since no published design
    comes with its netlist; but where it lies outside the interval, the design holds other logic than the fitted ones,
    the interval is widened to it and ``outside_range`` is set. Outside the range of the fitted designs the interval is
    as wide as the largest error of two checks there. Missing where there are no adders.
    """
    fitted = model().lut
    if adder_bits <= 0:
        return Missing("the design holds no adder graphs, from which LUTs are estimated; implement it with Vivado")
    value = fitted.ratio * adder_bits
    least, most = fitted.adder_bits_range
    reasons: list[str] = []
    if least <= adder_bits <= most:
        low, high = interval(value, fitted.interval_percent)
    else:
        low, high = interval(value, max(fitted.interval_percent, fitted.outside_percent))
        reasons.append(f"{adder_bits:,.0f} bits of adders are not in {least:,.0f} to {most:,.0f}")
    if mapped_lut is not None and not low <= mapped_lut <= high:
        reasons.append(f"{mapped_lut:,} LUT are mapped, so it is not all adders")
        low, high = min(low, mapped_lut), max(high, mapped_lut)
    source = (
        f"{fitted.ratio:.3g} LUT for each bit of adders, fitted to {fitted.designs} published designs: "
        f"within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them (leave one out)"
    )
    return Figure(
        value=round(value),
        unit="LUT",
        provenance=Provenance.ESTIMATED,
        source=source if not reasons else f"{source}; outside what was fitted: {', '.join(reasons)}",
        low=round(low),
        high=round(high),
        outside_range=bool(reasons),
    )


def estimate_placed_ff() -> Leaf:
    """Flip-flops after place and route: none is claimed, since retiming and merging move them by an unknown share."""
    return Missing(
        "no published design gives its flip-flops before and after place and route; the mapped ones are exact before "
        "retiming, and Vivado's implement run fills this in"
    )
