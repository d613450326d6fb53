"""``[trigger.hold]``: each limit is kept, broken, or cannot be told from so few events."""

from collections.abc import Iterator

from trigforge.menu.curve import Estimate, RateCurve
from trigforge.menu.settings import Hold
from trigforge.menu.wording import bare_rate, percent, rate
from trigforge.reports import BudgetLine, Figure, Provenance, Verdict
from trigforge.reports.budget import judged


def check_hold(hold: Hold, curve: RateCurve) -> tuple[BudgetLine, ...]:
    """A line for each limit, at the threshold of the model.

    A limit is kept, or broken, only with the whole interval of 68 %. In between the verdict is ``CANNOT_TELL``.
    """
    return tuple(_lines(hold, curve))


def _lines(hold: Hold, curve: RateCurve) -> Iterator[BudgetLine]:
    point = curve.working_point
    if hold.signal_efficiency is not None:
        limit = f"{100 * hold.signal_efficiency:.4g} %"
        found = f"{percent(point.efficiency)} from {point.signal_passing:,} of {curve.signal_events:,} signal events"
        told = (
            f"{found}, at threshold {point.threshold:g}",
            limit,
            "lower the threshold, or train for more efficiency",
        )
        yield _line("signal_efficiency", hold.signal_efficiency, "", point.efficiency, told, at_least=True)
    if hold.rate_hz is not None:
        left = f"{point.background_passing:,} of {curve.background_events:,} background events"
        told = (
            f"{rate(point.rate_hz)} from {left}, at threshold {point.threshold:g}",
            bare_rate(hold.rate_hz),
            "raise the threshold, or train for less background",
        )
        yield _line("rate_hz", hold.rate_hz, "Hz", point.rate_hz, told, at_least=False)


def _line(
    key: str, limit: float, unit: str, found: Estimate, told: tuple[str, str, str], *, at_least: bool
) -> BudgetLine:
    source = "the share of events that pass, with its Clopper-Pearson interval of 68 %"
    figure = Figure(found.value, unit, Provenance.ESTIMATED, source, found.low, found.high)
    verdict, (words, bound, remedy) = judged(figure, limit, at_least), told
    side = "below" if at_least else "above"
    match verdict:
        case Verdict.MET:
            message = f"{key}: {words}, {'at least' if at_least else 'at most'} {bound}"
        case Verdict.VIOLATED:
            message = f"{key}: {words}, is {side} the {'least' if at_least else 'most'} of {bound}; {remedy}"
        case Verdict.CANNOT_TELL:
            message = f"{key}: {words}, can be above or below {bound}; give more events, or {remedy}"
    return BudgetLine(key, limit, unit, figure, verdict, message, at_least)
