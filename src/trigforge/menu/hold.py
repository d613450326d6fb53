"""``[trigger.hold]``: each limit is kept, broken, or cannot be told from so few events."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from trigforge.menu.curve import Estimate, RateCurve
from trigforge.menu.settings import Hold
from trigforge.menu.wording import bare_rate, percent, rate
from trigforge.reports import Figure, Provenance, Verdict
from trigforge.reports.budget import judged


@dataclass(frozen=True)
class Held:
    """One limit: its key, whether it is met, and a sentence with what was found, and what to do unless it is met."""

    key: str
    verdict: Verdict
    message: str


def check_hold(hold: Hold, curve: RateCurve) -> tuple[Held, ...]:
    """A line for each limit, at the threshold of the model.

    A limit is met, or violated, only with the whole interval of 68 %. In between the verdict is ``CANNOT_TELL``.
    """
    return tuple(_lines(hold, curve))


def _lines(hold: Hold, curve: RateCurve) -> Iterator[Held]:
    point = curve.working_point
    at = f"at threshold {point.threshold:g}"
    if hold.signal_efficiency is not None:
        events = f"{point.signal_passing:,} of {curve.signal_events:,} signal events"
        verdict = _judged(point.efficiency, hold.signal_efficiency, at_least=True)
        limit, remedy = f"{100 * hold.signal_efficiency:.4g} %", "lower the threshold, or train for more efficiency"
        told = _told(verdict, f"at least {limit}", f"below the least, {limit}", remedy)
        yield Held("signal_efficiency", verdict, f"{percent(point.efficiency)} from {events} {at}, {told}")
    if hold.rate_hz is not None:
        events = f"{point.background_passing:,} of {curve.background_events:,} background events"
        verdict = _judged(point.rate_hz, hold.rate_hz, at_least=False)
        limit, remedy = bare_rate(hold.rate_hz), "raise the threshold, or train for less background"
        told = _told(verdict, f"at most {limit}", f"above the most, {limit}", remedy)
        yield Held("rate_hz", verdict, f"{rate(point.rate_hz)} from {events} {at}, {told}")


def _judged(found: Estimate, limit: float, *, at_least: bool) -> Verdict:
    source = "the share of events that pass, with its Clopper-Pearson interval of 68 %"
    figure = Figure(found.value, "", Provenance.ESTIMATED, source, found.low, found.high)
    return judged(figure, limit, at_least)


def _told(verdict: Verdict, kept: str, broken: str, remedy: str) -> str:
    match verdict:
        case Verdict.MET:
            return kept
        case Verdict.VIOLATED:
            return f"is {broken}; {remedy}"
        case Verdict.CANNOT_TELL:
            return f"may or may not be {kept}; give more events, or {remedy}"
        case _:
            assert_never(verdict)
