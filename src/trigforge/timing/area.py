"""LUTs and flip-flops after place and route."""

from trigforge.reports.figures import Figure, Leaf, Missing, Provenance
from trigforge.timing.model import interval, model


def estimate_placed_lut(mapped_lut: int, inverters: int) -> Leaf:
    """LUTs after place and route from what Yosys mapped, of which ``inverters`` are inverters: those that are logic,
    without shift registers.

    Vivado takes many inverters into the tables behind them, so they count nothing. A size that no fitted design has
    sets ``outside_range``. Missing where nothing was mapped to LUTs.
    """
    fitted = model().placed_lut
    if mapped_lut <= inverters:
        return Missing("the design holds no look-up tables, from which placed ones are estimated")
    value = fitted.ratio * (mapped_lut - inverters)
    least, most = fitted.lut_range
    outside = "" if least <= value <= most else f"{value:,.0f} LUT is not in {least:,} to {most:,}"
    source = (
        f"{fitted.ratio:.3g} x LUTs mapped without inverters, fitted to {fitted.designs} published designs of "
        f"{fitted.studies} studies: within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them "
        "(leave one study out)"
    )
    return _lut(value, fitted.interval_percent, source, outside)


def estimate_unmapped_lut(adder_bits: float) -> Leaf:
    """LUTs after place and route where nothing was mapped, from bits of adders in the measure of ``RtlProject``.

    The interval is much wider than that of ``estimate_placed_lut``: how many LUTs a bit takes differs between networks.
    A size that no fitted design has sets ``outside_range``. Missing where there are no adders.
    """
    fitted = model().unmapped_lut
    if adder_bits <= 0:
        return Missing("the design holds no adder graphs, from which LUTs are estimated; map it with Yosys")
    least, most = fitted.bits_range
    outside = (
        "" if least <= adder_bits <= most else f"{adder_bits:,.0f} bits of adders are not in {least:,} to {most:,}"
    )
    source = (
        f"not mapped: {fitted.ratio:.3g} LUT for each bit of adders, from {fitted.designs} mapped networks of "
        f"{fitted.families} families: within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them "
        "(leave one family out)"
    )
    return _lut(fitted.ratio * adder_bits, fitted.interval_percent, source, outside)


def _lut(value: float, percent: float, source: str, outside: str) -> Figure:
    low, high = interval(value, percent)
    return Figure(
        value=round(value),
        unit="LUT",
        provenance=Provenance.ESTIMATED,
        source=f"{source}; outside what was fitted: {outside}" if outside else source,
        low=round(low),
        high=round(high),
        outside_range=bool(outside),
    )


def estimate_placed_ff() -> Leaf:
    """Flip-flops after place and route: none is claimed, since retiming and merging move them by an unknown share."""
    return Missing(
        "no published design gives its flip-flops before and after place and route; the mapped ones are exact before "
        "retiming, and Vivado's implement run fills this in"
    )
