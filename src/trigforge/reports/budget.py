"""The budget of a build: each limit is met, violated, or cannot be told from the known figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from trigforge.design import Budget, Target
from trigforge.errors import BudgetError
from trigforge.reports.build_report import BudgetLine, BuildRoute, Implementation, Verdict
from trigforge.reports.figures import Figure, Leaf, Missing, Provenance


@dataclass(frozen=True)
class _Check:
    """One limit and the figure for it, in the same unit; ``how`` names the figure's origin in a few words."""

    key: str
    limit: int | float
    unit: str
    found: Leaf
    how: str

    @property
    def at_least(self) -> bool:
        """True if the limit is the smallest value that is allowed."""
        return self.key == "clock_mhz"


def check_budget(budget: Budget, implementation: Implementation, target: Target) -> tuple[BudgetLine, ...]:
    """A line for each limit, in the order of ``Budget``'s fields, those of a resource together.

    Resources are those after place and route where they are known or estimated, else those after synthesis. A latency
    is that of the last of ``budget.objects``, which enter one after another. In ns it is the cycles times the period at
    which the design can be clocked, or times the period of ``clock_mhz`` where that is longer, because the trigger's
    clock does not run faster for a faster design.

    What was measured, or read from a vendor's report, is compared as it stands. An estimate meets or violates a limit
    only with its whole interval. In between, and where the figure is missing, the verdict is ``CANNOT_TELL``.
    """
    remedy = partial(_remedy, implementation)
    return tuple(_line(check, remedy) for check in _checks(budget, implementation, target))


def check_clock(implementation: Implementation, target: Target) -> tuple[BudgetLine, ...]:
    """A line where a design certainly misses the clock that it is asked to run at; it stands in every budget unsaid."""
    period = implementation.latency.clock_period_ns
    check = _Check("clock_period_ns", target.clock_period_ns, "ns", period, _provenance(period))
    line = _line(check, partial(_remedy, implementation))
    return (line,) if line.verdict is Verdict.VIOLATED else ()


def raise_violations(lines: tuple[BudgetLine, ...]) -> None:
    """``BudgetError`` with the message of every violated line, if there are any."""
    violated = [line.message for line in lines if line.verdict is Verdict.VIOLATED]
    if len(violated) == 1:
        raise BudgetError(f"over budget: {violated[0]}")
    if violated:
        listed = "\n".join(f"- {message}" for message in violated)
        raise BudgetError(f"over budget in {len(violated)} of {len(lines)} lines:\n{listed}")


def _checks(budget: Budget, built: Implementation, target: Target) -> Iterator[_Check]:
    latency, objects = built.latency, budget.objects or 1
    interval = latency.initiation_interval
    if budget.clock_mhz is not None:
        reached = _converted(latency.clock_period_ns, "MHz", lambda period: 1000 / period)
        yield _Check("clock_mhz", budget.clock_mhz, "MHz", reached, f"a period of {_told(latency.clock_period_ns)}")
    if budget.cycles_between_events is not None:
        busy = _converted(interval, "cycles", lambda each: each * objects)
        how = _told(interval) + (f" x {objects} objects" if objects > 1 else "")
        yield _Check("tmux", budget.cycles_between_events, "cycles", busy, how)
    cycles, cycles_told = latency.cycles, _told(latency.cycles)
    if objects > 1:
        cycles = _combined(cycles, interval, "cycles", lambda first, each: first + (objects - 1) * each)
        cycles_told = f"{cycles_told} + {objects - 1} x {_told(interval)}"
    if budget.latency_ns is not None:
        slowest = 1000 / budget.clock_mhz if budget.clock_mhz is not None else 0.0
        period = _converted(latency.clock_period_ns, "ns", lambda found: max(found, slowest))
        clocked = f"{_amount(slowest, 'ns')} of the clock"
        counted = f"({cycles_told})" if objects > 1 else cycles_told
        how = f"{counted} x {clocked if _is_exactly(period, slowest) else _told(period)}"
        elapsed = _combined(cycles, period, "ns", lambda count, each: count * each)
        yield _Check("latency_ns", budget.latency_ns, "ns", elapsed, how)
    if budget.latency_cycles is not None:
        yield _Check("latency_cycles", budget.latency_cycles, "cycles", cycles, cycles_told)
    if budget.initiation_interval is not None:
        yield _Check("initiation_interval", budget.initiation_interval, "cycles", interval, _provenance(interval))
    yield from _resource_checks(budget, built, target)


def _resource_checks(budget: Budget, built: Implementation, target: Target) -> Iterator[_Check]:
    for resource in target.resources:
        placed, mapped = built.placed[resource], built.mapped[resource]
        use_mapped = isinstance(placed, Missing) and isinstance(mapped, Figure)
        found, step = (mapped, "synthesis") if use_mapped else (placed, "place and route")
        limit, share = budget.resources.get(resource), budget.percent_of_slr.get(resource)
        if limit is not None:
            yield _Check(resource.value, limit, resource.unit, found, f"{_provenance(found)}, after {step}")
        if share is not None:
            die = target.held_by_die(resource)
            percent = _converted(found, _OF_DIE, lambda count, per_cent=die / 100: count / per_cent) if die else None
            nothing = Missing(f"it is not known how many {resource.label} a die of {target.part} holds")
            how = f"{_told(found)}, of {_number(die or 0)}, after {step}"
            yield _Check(f"{resource}_percent_of_slr", share, _OF_DIE, percent or nothing, how)


def _line(check: _Check, remedy: Callable[[str], str]) -> BudgetLine:
    verdict = judged(check.found, check.limit, check.at_least)
    message = _message(check, verdict, remedy)
    return BudgetLine(check.key, check.limit, check.unit, check.found, verdict, message, check.at_least)


def judged(found: Leaf, limit: float, at_least: bool) -> Verdict:
    """The verdict on a figure whose ``limit`` is the largest value allowed, or the smallest if ``at_least``."""
    match found:
        case Missing():
            return Verdict.CANNOT_TELL
        case Figure() if at_least:
            bad, good = found.ends
            met, violated = bad >= limit, good < limit
        case Figure():
            good, bad = found.ends
            met, violated = bad <= limit, good > limit
        case _:
            assert_never(found)
    return Verdict.MET if met else Verdict.VIOLATED if violated else Verdict.CANNOT_TELL


def _message(check: _Check, verdict: Verdict, remedy: Callable[[str], str]) -> str:
    if verdict is Verdict.MET:
        return ""
    if isinstance(check.found, Missing):
        return f"{check.key}: cannot tell: {check.found.reason}"
    digits = 4 if _number(check.found.value) != _number(check.limit) else 7
    value = f"{_amount(check.found.value, check.unit, digits)}{_interval(check.found)}"
    found, limit = f"{check.key}: {value} ({check.how})", _amount(check.limit, check.unit, digits)
    what = remedy(check.key)
    if verdict is Verdict.CANNOT_TELL:
        return f"{found} can be above or below the budget of {limit}; place and route it to know, or {what}"
    off = _amount(abs(check.found.value - check.limit), check.unit)
    side = "below" if check.at_least else "over"
    return f"{found} is {off} {side} the budget of {limit}; {what}"


def _remedy(implementation: Implementation, key: str) -> str:
    """Advice what to change, in the words of the design file where it can be done there."""
    key = key.removesuffix("_percent_of_slr").replace("clock_period_ns", "clock_mhz")
    hls, rtl = _REMEDIES[key]
    match implementation.route:
        case BuildRoute.HLS:
            return hls
        case BuildRoute.RTL if implementation.sharing is not None and implementation.sharing.occupancy:
            return _SHARED.get(key, rtl)
        case BuildRoute.RTL:
            return rtl
        case _:
            assert_never(implementation.route)


_OF_DIE = "% of an SLR"
_FEWER_BITS = "train with fewer bits (a larger weight on EBOPs)"
_SHARE = "let slices share hardware: set initiation_interval in [rtl] where the trigger leaves more clocks an event"
_LATENCY = (
    "lower reuse_factor, or give the model fewer layers",
    "raise stage_delay_ns for fewer stages, or give the model fewer layers",
)
_TABLES = ("give the inputs of lookup tables fewer bits",) * 2
_REMEDIES = {
    "clock_mhz": (
        "lower clock_period_ns for shorter stages, or run it at a slower clock",
        "lower stage_delay_ns for shorter stages, or run it at a slower clock",
    ),
    "tmux": (
        "lower reuse_factor, build more cores for fewer objects each, or take a larger tmux",
        "build more cores for fewer objects each, or take a larger tmux or a faster clock",
    ),
    "latency_ns": _LATENCY,
    "latency_cycles": _LATENCY,
    "initiation_interval": ("lower reuse_factor, or build more cores", "build more cores"),
    "lut": (
        f"{_FEWER_BITS}, or raise reuse_factor with strategy RESOURCE",
        f"{_FEWER_BITS}, set multipliers = 'DSP', or {_SHARE}",
    ),
    "ff": (
        f"raise clock_period_ns for fewer stages, or {_FEWER_BITS}",
        f"raise stage_delay_ns for fewer stages, {_FEWER_BITS}, or {_SHARE}",
    ),
    "dsp": (
        "set multipliers = 'LUT', or raise reuse_factor with strategy RESOURCE",
        f"set multipliers = 'LUT', or {_SHARE}",
    ),
    "carry_bits": (_FEWER_BITS, f"{_FEWER_BITS}, or {_SHARE}"),
    "bram_18k": _TABLES,
    "uram": _TABLES,
}
"""by key: for HLS, for RTL"""
_LESS = "lower initiation_interval in [rtl] or raise instances in [layers.NAME]"
_MORE = "raise initiation_interval in [rtl] where the trigger leaves more clocks an event"
_SHARED = {
    "tmux": f"{_LESS}, build more cores for fewer objects each, or take a larger tmux or a faster clock",
    "latency_ns": f"{_LESS} for fewer slots, or {_LATENCY[1]}",
    "latency_cycles": f"{_LESS} for fewer slots, or {_LATENCY[1]}",
    "initiation_interval": f"{_LESS}, or build more cores",
    "lut": f"{_FEWER_BITS}, set multipliers = 'DSP', or {_MORE}",
    "ff": f"raise stage_delay_ns for fewer stages, {_FEWER_BITS}, or {_MORE}",
    "dsp": f"set multipliers = 'LUT', or {_MORE}",
    "carry_bits": f"{_FEWER_BITS}, or {_MORE}",
}
"""by key: for RTL where slices share instances already"""

_BY_TRUST = (Provenance.MEASURED, Provenance.VENDOR, Provenance.ESTIMATED)


def _converted(leaf: Leaf, unit: str, rule: Callable[[float], float]) -> Leaf:
    """A monotone ``rule`` of one figure; the rest stays as it is."""
    return _derived(unit, rule, leaf)


def _combined(one: Leaf, other: Leaf, unit: str, rule: Callable[[float, float], float]) -> Leaf:
    """A ``rule`` that rises in both figures; as trustworthy as the less trusted, and missing if one of them is."""
    return _derived(unit, rule, one, other)


def _derived(unit: str, rule: Callable[..., float], *leaves: Leaf) -> Leaf:
    figures: list[Figure] = []
    for leaf in leaves:
        if isinstance(leaf, Missing):
            return leaf
        figures.append(leaf)
    provenance = max((figure.provenance for figure in figures), key=_BY_TRUST.index)
    source = "; ".join(dict.fromkeys(figure.source for figure in figures))
    value = rule(*(figure.value for figure in figures))
    if provenance is not Provenance.ESTIMATED:
        return Figure(value, unit, provenance, source)
    low, high = sorted(rule(*(figure.ends[end] for figure in figures)) for end in (0, 1))
    return Figure(value, unit, provenance, source, low, high, any(figure.outside_range for figure in figures))


def _is_exactly(leaf: Leaf, value: float) -> bool:
    return isinstance(leaf, Figure) and leaf.ends == (value, value)


def _told(leaf: Leaf) -> str:
    """``measured 12 cycles`` or ``estimated 5.28 ns, 4.9 to 5.7``; empty where it is missing."""
    match leaf:
        case Missing():
            return ""
        case Figure():
            return f"{leaf.provenance} {_amount(leaf.value, leaf.unit)}{_interval(leaf)}"
        case _:
            assert_never(leaf)


def _provenance(leaf: Leaf) -> str:
    return leaf.provenance.value if isinstance(leaf, Figure) else ""


def _interval(figure: Figure) -> str:
    low, high = figure.ends
    beyond = ", outside the range of its model" if figure.outside_range else ""
    return f", {_number(low)} to {_number(high)}{beyond}" if low != high else beyond


def _amount(value: int | float, unit: str, digits: int = 4) -> str:
    return f"{_number(value, digits)} {'cycle' if unit == 'cycles' and value == 1 else unit}"


def _number(value: int | float, digits: int = 4) -> str:
    whole = isinstance(value, int) or abs(value) >= 10 ** (digits - 1)
    return f"{value:,.0f}" if whole else f"{value:.{digits}g}"
