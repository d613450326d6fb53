"""A line of a budget is met or violated only where the figures can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports import sample
from trigforge.design import Budget, Fpga
from trigforge.errors import BudgetError
from trigforge.reports.budget import check_budget, check_clock, raise_violations
from trigforge.reports.build_report import BudgetLine, BuildRoute, Implementation, Verdict
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources
from trigforge.resources.parts import FpgaResource

TARGET = Fpga("xcvu13p-flga2577-2-e")
SHARE = "let slices share hardware: set initiation_interval in [rtl] where the trigger leaves more clocks an event"
LUT, DSP, URAM = FpgaResource.LUT, FpgaResource.DSP, FpgaResource.URAM


def measured(value: float, unit: str) -> Figure:
    return Figure(value, unit, Provenance.MEASURED, "a tool")


def estimated(value: float, unit: str, low: float, high: float) -> Figure:
    return Figure(value, unit, Provenance.ESTIMATED, "a model", low, high)


def having(reason: str, figures: dict[FpgaResource, Figure]) -> Resources:
    return Resources({**Resources.missing(FpgaResource, reason).figures, **figures})


BUILT = Implementation(
    BuildRoute.RTL,
    Latency(
        measured(12, "cycles"),
        measured(1, "cycles"),
        estimated(5.28, "ns", 4.9, 5.7),
        estimated(63.36, "ns", 58.8, 68.4),
    ),
    mapped=having("not mapped", {LUT: measured(84_231, "LUT"), DSP: measured(3, "DSP")}),
    placed=having("not placed", {LUT: estimated(88_000, "LUT", 81_000, 95_000)}),
)


def line(budget: Budget, built: Implementation = BUILT) -> BudgetLine:
    (only,) = check_budget(budget, built, TARGET)
    return only


def with_latency(**leaves: Leaf) -> Implementation:
    return replace(BUILT, latency=replace(BUILT.latency, **leaves))


@pytest.mark.parametrize(
    ("limit", "verdict"), [(58.0, Verdict.VIOLATED), (63.0, Verdict.CANNOT_TELL), (68.5, Verdict.MET)]
)
def test_an_estimate_decides_only_with_its_whole_interval(limit: float, verdict: Verdict) -> None:
    assert line(Budget(latency_ns=limit)).verdict is verdict


@pytest.mark.parametrize(
    ("limit", "verdict"), [(170.0, Verdict.MET), (190.0, Verdict.CANNOT_TELL), (210.0, Verdict.VIOLATED)]
)
def test_a_clock_is_the_least_that_must_be_reached(limit: float, verdict: Verdict) -> None:
    found = line(Budget(clock_mhz=limit))
    assert (found.verdict, found.at_least) == (verdict, True)
    assert not line(Budget(resources={DSP: 3})).at_least


def test_what_was_measured_decides_by_itself() -> None:
    assert line(Budget(resources={DSP: 3})) == BudgetLine("dsp", 3, "DSP", measured(3, "DSP"), Verdict.MET, "")
    assert line(Budget(resources={DSP: 2})).verdict is Verdict.VIOLATED


def test_a_missing_figure_cannot_tell_and_says_why() -> None:
    found = line(Budget(resources={URAM: 0}))
    assert (found.verdict, found.message) == (Verdict.CANNOT_TELL, "uram: cannot tell: not placed")


def test_resources_are_those_after_place_and_route_where_known() -> None:
    budget, unplaced = Budget(resources={LUT: 100_000}), replace(BUILT, placed=having("none", {}))
    assert line(budget).found == BUILT.placed[LUT]
    assert line(budget, unplaced).found == BUILT.mapped[LUT]


def test_a_percentage_is_of_one_die() -> None:
    found = line(Budget(percent_of_slr={LUT: 25.0}))
    assert found.found == estimated(88_000 / 4320, "% of an SLR", 81_000 / 4320, 95_000 / 4320)
    assert (found.unit, found.verdict) == ("% of an SLR", Verdict.MET)


def test_a_percentage_of_what_a_die_does_not_hold_cannot_be_told() -> None:
    small = Fpga("xczu9eg-ffvb1156-2-e")
    (found,) = check_budget(Budget(percent_of_slr={URAM: 10.0}), BUILT, small)
    reason = "it is not known how many UltraRAM a die of xczu9eg-ffvb1156-2-e holds"
    assert (found.verdict, found.message) == (Verdict.CANNOT_TELL, f"uram_percent_of_slr: cannot tell: {reason}")


def test_objects_of_an_event_enter_one_after_another() -> None:
    clock, tmux, latency = check_budget(Budget(clock_mhz=160.0, tmux=3, objects=16, latency_cycles=27), BUILT, TARGET)
    assert clock.verdict is Verdict.MET
    assert (tmux.limit, tmux.found, tmux.verdict) == (12, measured(16, "cycles"), Verdict.VIOLATED)
    assert (latency.found, latency.verdict) == (measured(27, "cycles"), Verdict.MET)


def test_a_design_faster_than_its_clock_gains_no_latency() -> None:
    _, latency = check_budget(Budget(clock_mhz=160.0, latency_ns=74.9), BUILT, TARGET)
    assert isinstance(latency.found, Figure)
    assert (latency.found.value, latency.found.ends) == (75.0, (75.0, 75.0))
    assert latency.message == (
        "latency_ns: 75 ns (measured 12 cycles x 6.25 ns of the clock) is 0.1 ns over the budget of 74.9 ns; "
        "raise stage_delay_ns for fewer stages, or give the model fewer layers"
    )


def test_a_latency_without_a_period_is_missing() -> None:
    found = line(Budget(latency_ns=50.0), with_latency(clock_period_ns=Missing("nothing was mapped")))
    assert (found.verdict, found.message) == (Verdict.CANNOT_TELL, "latency_ns: cannot tell: nothing was mapped")


MESSAGES = [
    (
        Budget(latency_ns=50.0),
        "latency_ns: 63.36 ns, 58.8 to 68.4 (measured 12 cycles x estimated 5.28 ns, 4.9 to 5.7) is 13.36 ns over the "
        "budget of 50 ns; raise stage_delay_ns for fewer stages, or give the model fewer layers",
    ),
    (
        Budget(clock_mhz=240.0),
        "clock_mhz: 189.4 MHz, 175.4 to 204.1 (a period of estimated 5.28 ns, 4.9 to 5.7) is 50.61 MHz below the "
        "budget of 240 MHz; lower stage_delay_ns for shorter stages, or run it at a slower clock",
    ),
    (
        Budget(resources={LUT: 80_000}),
        "lut: 88,000 LUT, 81,000 to 95,000 (estimated, after place and route) is 8,000 LUT over the budget of 80,000 "
        "LUT; train with fewer bits (a larger weight on EBOPs), set multipliers = 'DSP', or "
        f"{SHARE}",
    ),
    (
        Budget(percent_of_slr={LUT: 20.0}),
        "lut_percent_of_slr: 20.37 % of an SLR, 18.75 to 21.99 (estimated 88,000 LUT, 81,000 to 95,000, of 432,000, "
        "after place and route) can be above or below the budget of 20 % of an SLR; place and route it to know, or "
        "train with fewer bits (a larger weight on EBOPs), set multipliers = 'DSP', or "
        f"{SHARE}",
    ),
    (
        Budget(resources={DSP: 2}),
        "dsp: 3 DSP (measured, after synthesis) is 1 DSP over the budget of 2 DSP; set multipliers = 'LUT', or "
        f"{SHARE}",
    ),
    (
        Budget(latency_cycles=10, objects=3),
        "latency_cycles: 14 cycles (measured 12 cycles + 2 x measured 1 cycle) is 4 cycles over the budget of 10 "
        "cycles; raise stage_delay_ns for fewer stages, or give the model fewer layers",
    ),
]


@pytest.mark.parametrize(("budget", "message"), MESSAGES)
def test_a_line_says_what_was_found_by_how_much_and_what_to_change(budget: Budget, message: str) -> None:
    assert line(budget).message == message


def test_hls_is_advised_in_its_own_keys() -> None:
    csynth = Figure(3, "cycles", Provenance.VENDOR, "csynth")
    built = replace(with_latency(initiation_interval=csynth), route=BuildRoute.HLS)
    assert line(Budget(initiation_interval=1), built).message == (
        "initiation_interval: 3 cycles (vendor) is 2 cycles over the budget of 1 cycle; lower reuse_factor, or build "
        "more cores"
    )


def test_two_numbers_that_differ_never_read_alike() -> None:
    built = with_latency(clock_period_ns=Figure(2.778, "ns", Provenance.VENDOR, "csynth"))
    assert line(Budget(clock_mhz=360.0), built).message.startswith(
        "clock_mhz: 359.9712 MHz (a period of vendor 2.778 ns) is 0.0288 MHz below the budget of 360 MHz; "
    )


def test_an_estimate_outside_its_range_says_so() -> None:
    outside = Figure(9_000, "LUT", Provenance.ESTIMATED, "a model", 8_000, 10_000, outside_range=True)
    built = replace(BUILT, placed=having("not placed", {LUT: outside}))
    assert (
        "lut: 9,000 LUT, 8,000 to 10,000, outside the range of its model (estimated"
        in line(Budget(resources={LUT: 7_000}), built).message
    )


def test_violations_are_raised_together() -> None:
    raise_violations(check_budget(Budget(latency_ns=63.0, resources={DSP: 3}), BUILT, TARGET))
    lines = check_budget(Budget(latency_ns=50.0, resources={DSP: 2, LUT: 100_000}), BUILT, TARGET)
    with pytest.raises(BudgetError) as caught:
        raise_violations(lines)
    assert str(caught.value) == f"over budget in 2 of 3 lines:\n- {lines[0].message}\n- {lines[2].message}"
    with pytest.raises(BudgetError) as caught:
        raise_violations(lines[:2])
    assert str(caught.value) == f"over budget: {lines[0].message}"


@pytest.mark.parametrize(
    ("budget", "remedy"),
    [
        (Budget(initiation_interval=1), "lower initiation_interval in [rtl] or raise instances in [layers.NAME], or "),
        (Budget(latency_cycles=3), "lower initiation_interval in [rtl] or raise instances in [layers.NAME] for fewer "),
        (
            Budget(resources={LUT: 1}),
            "raise initiation_interval in [rtl] where the trigger leaves more clocks an event",
        ),
    ],
)
def test_where_slices_share_instances_the_interval_is_a_remedy(budget: Budget, remedy: str) -> None:
    slow = replace(BUILT, latency=replace(BUILT.latency, initiation_interval=measured(4, "cycles")))
    assert remedy in line(budget, replace(slow, sharing=sample.sharing())).message
    assert remedy not in line(budget, slow).message
    nothing = replace(sample.sharing(), occupancy=())
    assert line(budget, replace(slow, sharing=nothing)) == line(budget, slow)


@pytest.mark.parametrize(
    ("asked_ns", "verdicts"), [(5.0, []), (4.4, []), (4.05, []), (4.0, [Verdict.VIOLATED]), (1.0, [Verdict.VIOLATED])]
)
def test_a_clock_that_is_certainly_missed_stands_in_every_budget(asked_ns: float, verdicts: list[Verdict]) -> None:
    period = Figure(4.4, "ns", Provenance.ESTIMATED, "a model", 4.05, 4.75)
    found = check_clock(with_latency(clock_period_ns=period), Fpga(clock_period_ns=asked_ns))
    assert [line.verdict for line in found] == verdicts
    if found:
        assert found[0].message.startswith("clock_period_ns: 4.4 ns, 4.05 to 4.75 (estimated) is ")
        assert found[0].message.endswith("lower stage_delay_ns for shorter stages, or run it at a slower clock")
    assert check_clock(with_latency(clock_period_ns=Missing("nothing was mapped")), Fpga()) == ()
