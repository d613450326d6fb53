"""LUTs and flip-flops after place and route."""

from trigforge.reports.figures import Figure, Leaf, Missing, Provenance
from trigforge.timing.model import interval, model, widened


def estimate_placed_lut(mapped_lut: int, inverters: int) -> Leaf:
    """LUTs after place and route from what Yosys mapped, of which ``inverters`` are inverters: those that are logic,
    without shift registers.

    Vivado takes many inverters into the tables behind them, so they count nothing. The interval is ``widened`` for a
    design smaller than all that were fitted; a larger one sets ``outside_range``. Missing where nothing was mapped to
    LUTs.
    """
    fitted = model().placed_lut
    if mapped_lut <= inverters:
        return Missing("the design holds no look-up tables, from which placed ones are estimated")
    value = fitted.ratio * (mapped_lut - inverters)
    source = (
        f"{fitted.ratio:.3g} x LUTs mapped without inverters, fitted to {fitted.designs} published designs of "
        f"{fitted.studies} studies: within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them "
        "(leave one study out)"
    )
    return _lut(value, fitted.interval_percent, source, value, fitted.lut_range, "LUT")


def estimate_unmapped_lut(adder_bits: float) -> Leaf:
    """LUTs after place and route where nothing was mapped, from bits of adders in the measure of ``RtlProject``.

    The interval is much wider than that of ``estimate_placed_lut``: how many LUTs a bit takes differs between networks.
    It is ``widened`` for fewer bits than in any network that was fitted; more set ``outside_range``. Missing where
    there are no adders.
    """
    fitted = model().unmapped_lut
    if adder_bits <= 0:
        return Missing("the design holds no adder graphs, from which LUTs are estimated; map it with Yosys")
    source = (
        f"not mapped: {fitted.ratio:.3g} LUT for each bit of adders, from {fitted.designs} mapped networks of "
        f"{fitted.families} families: within {fitted.interval_percent:g} % for {fitted.coverage_percent} % of them "
        "(leave one family out)"
    )
    value = fitted.ratio * adder_bits
    return _lut(value, fitted.interval_percent, source, adder_bits, fitted.bits_range, "bits of adders")


def _lut(value: float, percent: float, source: str, size: float, fitted: tuple[int, int], unit: str) -> Figure:
    """The estimate of a design whose ``size`` is compared with the range that was ``fitted``, in ``unit``."""
    least, most = fitted
    low, high = interval(value, widened(percent, size, least))
    if size < least:
        source += (
            f"; fewer {unit} than {least:,}, the least that was fitted: the interval grows as the root of the size"
        )
    elif size > most:
        source += f"; outside what was fitted: {size:,.0f} {unit} are more than {most:,}"
    return Figure(
        value=round(value),
        unit="LUT",
        provenance=Provenance.ESTIMATED,
        source=source,
        low=round(low),
        high=round(high),
        outside_range=size > most,
    )


def estimate_placed_ff() -> Leaf:
    """Flip-flops after place and route: none is claimed, since retiming and merging move them by an unknown share."""
    return Missing(
        "no published design gives its flip-flops before and after place and route; the mapped ones are exact before "
        "retiming, and Vivado's implement run fills this in"
    )
