"""A budget is read strictly, and a line is met or violated only where the figures can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from trigforge.errors import BudgetError, DesignError
from trigforge.reports.budget import Budget, check_budget, load_budget, presets, raise_violations
from trigforge.reports.build_report import BudgetLine, BuildRoute, Implementation, Verdict
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources
from trigforge.resources import parts

PART = parts.find("xcvu13p-flga2577-2-e")
KEYS = (
    "clock_mhz, tmux, objects, latency_ns, latency_cycles, initiation_interval, lut, lut_percent_of_slr, ff, "
    "ff_percent_of_slr, dsp, bram_18k, uram"
)


def measured(value: float, unit: str) -> Figure:
    return Figure(value, unit, Provenance.MEASURED, "a tool")


def estimated(value: float, unit: str, low: float, high: float) -> Figure:
    return Figure(value, unit, Provenance.ESTIMATED, "a model", low, high)


BUILT = Implementation(
    BuildRoute.RTL,
    Latency(
        measured(12, "cycles"),
        measured(1, "cycles"),
        estimated(5.28, "ns", 4.9, 5.7),
        estimated(63.36, "ns", 58.8, 68.4),
    ),
    mapped=replace(Resources.missing("not mapped"), lut=measured(84_231, "LUT"), dsp=measured(3, "DSP")),
    placed=replace(Resources.missing("not placed"), lut=estimated(88_000, "LUT", 81_000, 95_000)),
)


def line(budget: Budget, built: Implementation = BUILT) -> BudgetLine:
    (only,) = check_budget(budget, built, PART)
    return only


def with_latency(**leaves: Leaf) -> Implementation:
    return replace(BUILT, latency=replace(BUILT.latency, **leaves))


def stored(folder: Path, text: str) -> Path:
    path = folder / "design.toml"
    path.write_text(text)
    return path


def test_a_budget_is_read_from_the_design_file(tmp_path: Path) -> None:
    path = stored(tmp_path, "clock_period_ns = 5.0\n[budget]\nlatency_ns = 100\ndsp = 0\n")
    assert load_budget(path) == Budget(latency_ns=100.0, dsp=0)


def test_a_design_file_without_the_table_has_no_budget(tmp_path: Path) -> None:
    assert load_budget(stored(tmp_path, "clock_period_ns = 5.0\n")) is None


def test_keys_beside_a_preset_replace_its_own(tmp_path: Path) -> None:
    path = stored(tmp_path, "[budget]\npreset = 'cms_phase2_jet_tagger'\nclock_mhz = 240\ndsp = 0\n")
    assert load_budget(path) == Budget("cms_phase2_jet_tagger", 240.0, 6, 16, 1000.0, dsp=0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("latency = 3", f"unknown key 'latency'; known are preset, {KEYS}"),
        ("lut = 0.5", "lut = 0.5 should be an int"),
        ("latency_ns = 'short'", "latency_ns = 'short' should be a float"),
        ("dsp = true", "dsp = True should be an int"),
        ("latency_ns = 0", "latency_ns = 0.0; give a number above 0"),
        ("clock_mhz = inf", "clock_mhz = inf; give a number above 0"),
        ("initiation_interval = 0", "initiation_interval = 0; it counts and is at least 1"),
        ("dsp = -1", "dsp = -1; it counts and is at least 0"),
        ("tmux = 6", "tmux = 6 needs a clock to count cycles between two events; give clock_mhz too"),
        ("objects = 16", "objects = 16 limits nothing by itself; give tmux, latency_ns or latency_cycles too"),
        ("", f"no limit is given; known are {KEYS}"),
        ("preset = 'atlas'", f"preset = 'atlas' is unknown; known are {', '.join(presets())}"),
        ("preset = 3", f"preset = 3 is unknown; known are {', '.join(presets())}"),
    ],
)
def test_what_a_budget_cannot_say_is_refused(tmp_path: Path, table: str, message: str) -> None:
    path = stored(tmp_path, f"[budget]\n{table}\n")
    with pytest.raises(DesignError) as caught:
        load_budget(path)
    assert str(caught.value) == f"design file {path}: [budget]: {message}"


def test_a_budget_is_a_table(tmp_path: Path) -> None:
    path = stored(tmp_path, "budget = 3\n")
    with pytest.raises(DesignError) as caught:
        load_budget(path)
    assert str(caught.value) == f"design file {path}: write the budget as a table [budget], found budget = 3"


def test_a_design_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"No such file or directory; give the path of a TOML file$"):
        load_budget(tmp_path / "none.toml")
    with pytest.raises(DesignError, match=r"design\.toml is not TOML: "):
        load_budget(stored(tmp_path, "[budget"))


def test_every_preset_is_a_budget_with_a_source() -> None:
    for name, preset in presets().items():
        assert preset.source and Budget(preset=name, **preset.limits)  # pyright: ignore[reportArgumentType]


def test_tmux_6_at_360_mhz_leaves_54_cycles() -> None:
    assert Budget(clock_mhz=360.0, tmux=6).cycles_between_events == 54
    assert Budget(latency_ns=50.0).cycles_between_events is None


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
    assert not line(Budget(dsp=3)).at_least


def test_what_was_measured_decides_by_itself() -> None:
    assert line(Budget(dsp=3)) == BudgetLine("dsp", 3, "DSP", measured(3, "DSP"), Verdict.MET, "")
    assert line(Budget(dsp=2)).verdict is Verdict.VIOLATED


def test_a_missing_figure_cannot_tell_and_says_why() -> None:
    found = line(Budget(uram=0))
    assert (found.verdict, found.message) == (Verdict.CANNOT_TELL, "uram: cannot tell: not placed")


def test_resources_are_those_after_place_and_route_where_known() -> None:
    assert line(Budget(lut=100_000)).found == BUILT.placed.lut
    assert line(Budget(lut=100_000), replace(BUILT, placed=Resources.missing("none"))).found == BUILT.mapped.lut


def test_a_percentage_is_of_one_die() -> None:
    found = line(Budget(lut_percent_of_slr=25.0))
    assert found.found == estimated(88_000 / 4320, "% of an SLR", 81_000 / 4320, 95_000 / 4320)
    assert (found.unit, found.verdict) == ("% of an SLR", Verdict.MET)


def test_objects_of_an_event_enter_one_after_another() -> None:
    clock, tmux, latency = check_budget(Budget(clock_mhz=160.0, tmux=3, objects=16, latency_cycles=27), BUILT, PART)
    assert clock.verdict is Verdict.MET
    assert (tmux.limit, tmux.found, tmux.verdict) == (12, measured(16, "cycles"), Verdict.VIOLATED)
    assert (latency.found, latency.verdict) == (measured(27, "cycles"), Verdict.MET)


def test_a_design_faster_than_its_clock_gains_no_latency() -> None:
    _, latency = check_budget(Budget(clock_mhz=160.0, latency_ns=74.9), BUILT, PART)
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
        Budget(lut=80_000),
        "lut: 88,000 LUT, 81,000 to 95,000 (estimated, after place and route) is 8,000 LUT over the budget of 80,000 "
        "LUT; train with fewer bits (a larger weight on EBOPs), or set multipliers = 'DSP'",
    ),
    (
        Budget(lut_percent_of_slr=20.0),
        "lut_percent_of_slr: 20.37 % of an SLR, 18.75 to 21.99 (estimated 88,000 LUT, 81,000 to 95,000, of 432,000, "
        "after place and route) can be above or below the budget of 20 % of an SLR; place and route it to know, or "
        "train with fewer bits (a larger weight on EBOPs), or set multipliers = 'DSP'",
    ),
    (
        Budget(dsp=2),
        "dsp: 3 DSP (measured, after synthesis) is 1 DSP over the budget of 2 DSP; set multipliers = 'LUT'",
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
    built = replace(BUILT, placed=replace(BUILT.placed, lut=outside))
    assert (
        "lut: 9,000 LUT, 8,000 to 10,000, outside the range of its model (estimated"
        in line(Budget(lut=7_000), built).message
    )


def test_violations_are_raised_together() -> None:
    raise_violations(check_budget(Budget(latency_ns=63.0, dsp=3), BUILT, PART))
    lines = check_budget(Budget(latency_ns=50.0, dsp=2, lut=100_000), BUILT, PART)
    with pytest.raises(BudgetError) as caught:
        raise_violations(lines)
    assert str(caught.value) == f"over budget in 2 of 3 lines:\n- {lines[0].message}\n- {lines[2].message}"
    with pytest.raises(BudgetError) as caught:
        raise_violations(lines[:2])
    assert str(caught.value) == f"over budget: {lines[0].message}"


def test_the_documentation_names_every_key_and_preset(repository: Path) -> None:
    text = (repository / "docs" / "budget.md").read_text()
    assert [name for name in ("preset", *KEYS.split(", "), *presets()) if f"`{name}`" not in text] == []
