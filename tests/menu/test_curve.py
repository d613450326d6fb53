"""Curves of made-up scores, their file, table and picture, and what is held of them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from trigforge.errors import ReportFormatError
from trigforge.menu import Hold, Physics, RateCurve, Scores, check_hold, from_json, make_curve, to_json
from trigforge.menu.plot import save_plot
from trigforge.menu.table import render
from trigforge.menu.wording import bare_rate
from trigforge.reports import Verdict

SIGNAL = {4: 20, 5: 30, 7: 50}
BACKGROUND = {0: 900, 4: 80, 5: 15, 7: 5}
PHYSICS = Physics(cross_section_pb=40.0, luminosity=5e34)


def curve(
    threshold: float = 1.25, signal: dict[int, int] = SIGNAL, background: dict[int, int] = BACKGROUND
) -> RateCurve:
    """Scores in units of 1/4."""
    kinds = (Scores(signal, -2), Scores(background, -2))
    return make_curve(("tagger", 3, "ab" * 32), "tagged", threshold, kinds, PHYSICS)


def test_points_are_the_shares_at_and_above_each_threshold() -> None:
    found = curve()
    assert found.total_hz == 5e34 * 1e-36 * 40
    assert (found.signal_events, found.background_events) == (100, 1000)
    passing = {point.threshold: (point.signal_passing, point.background_passing) for point in found.points}
    assert passing == {
        shown: (
            sum(count for score, count in SIGNAL.items() if score >= threshold),
            sum(count for score, count in BACKGROUND.items() if score >= threshold),
        )
        for threshold, shown in enumerate((0.0, 0.2, 0.5, 0.7, 1.0, 1.2, 1.5, 1.7))
    }
    for point in found.points:
        assert point.efficiency.value == point.signal_passing / 100
        assert abs(point.rate_hz.value - found.total_hz * point.background_passing / 1000) < 1e-12
        assert point.efficiency.low <= point.efficiency.value <= point.efficiency.high
        assert point.rate_hz.low <= point.rate_hz.value <= point.rate_hz.high <= found.total_hz
        assert point.resolved == (point.background_passing >= 10)


@pytest.mark.parametrize("threshold", [1.25, 1.01, 1.2499])
def test_the_working_point_is_that_of_the_bit(threshold: float) -> None:
    point = curve(threshold).working_point
    assert (point.threshold, point.signal_passing, point.background_passing) == (threshold, 80, 20)


def test_a_curve_has_at_most_200_points() -> None:
    rng = np.random.default_rng(1)
    scores = [dict.fromkeys(map(int, rng.normal(mean, 4000, 3000)), 2) for mean in (5000, -5000)]
    found = curve(100.0, *scores)
    assert 150 < len(found.points) <= 200
    assert [point.threshold for point in found.points] == sorted({point.threshold for point in found.points})


def test_one_score_alone() -> None:
    found = curve(0.71, {3: 5}, {3: 2})
    assert [point.threshold for point in found.points] == [0.7]
    assert found.working_point.efficiency.value == 1


def test_json_and_back() -> None:
    found = curve()
    assert from_json(to_json(found)) == found
    with pytest.raises(ReportFormatError, match="trigforge rate"):
        from_json("{}")


def text(found: RateCurve) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80).print(render(found))
    return stream.getvalue()


def test_the_table_fits_a_terminal_and_marks_its_points() -> None:
    lines = text(curve()).splitlines()
    assert lines[:2] == [
        "tagger, bit tagged: 100 signal and 1,000 background events",
        "rate: 5e+34 /(cm2 s) x 40 pb = 2 Hz, times the share that passes",
    ]
    (own,) = (line for line in lines if line.startswith("> ") and "%" in line and "Hz" in line)
    assert own.split() == "> 1.25 80 % (75.2 to 84.1) 2 % 40 mHz (31.2 to 51)".split()
    assert any(line.rstrip().endswith("*") for line in lines) and "* fewer than 10 background events" in lines[-1]
    assert "…" not in text(curve())
    assert "fewer than" not in text(curve(0.75, {3: 50}, {3: 20}))


def test_units() -> None:
    assert [bare_rate(hz) for hz in (2.5e9, 3e6, 1e3, 999.9, 0.02, 0.0, 3e-9)] == [
        *("2.5 GHz", "3 MHz", "1 kHz", "999.9 Hz", "20 mHz", "0 uHz", "0.003 uHz")
    ]


@pytest.mark.parametrize("background", [BACKGROUND, {0: 5}, {0: 1000}, {7: 1000}])
def test_a_picture(tmp_path: Path, background: dict[int, int]) -> None:
    pictures = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in pictures:
        save_plot(curve(background=background), path)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    assert b"<svg" in pictures[0].read_bytes()


@pytest.mark.parametrize(
    ("hold", "verdict", "message"),
    [
        (
            Hold(signal_efficiency=0.75),
            Verdict.MET,
            "80 % (75.2 to 84.1) from 80 of 100 signal events at threshold 1.25, at least 75 %",
        ),
        (
            Hold(signal_efficiency=0.85),
            Verdict.VIOLATED,
            "80 % (75.2 to 84.1) from 80 of 100 signal events at threshold 1.25, is below the least, 85 %; "
            "lower the threshold, or train for more efficiency",
        ),
        (
            Hold(signal_efficiency=0.8),
            Verdict.CANNOT_TELL,
            "80 % (75.2 to 84.1) from 80 of 100 signal events at threshold 1.25, may or may not be at least 80 %; "
            "give more events, or lower the threshold, or train for more efficiency",
        ),
        (
            Hold(rate_hz=0.06),
            Verdict.MET,
            "40 mHz (31.2 to 51) from 20 of 1,000 background events at threshold 1.25, at most 60 mHz",
        ),
        (
            Hold(rate_hz=0.03),
            Verdict.VIOLATED,
            "40 mHz (31.2 to 51) from 20 of 1,000 background events at threshold 1.25, is above the most, 30 mHz; "
            "raise the threshold, or train for less background",
        ),
    ],
)
def test_what_is_held(hold: Hold, verdict: Verdict, message: str) -> None:
    (line,) = check_hold(hold, curve())
    assert (line.key in ("signal_efficiency", "rate_hz"), line.verdict, line.message) == (True, verdict, message)


def test_both_limits_are_held() -> None:
    assert [line.key for line in check_hold(Hold(0.5, 1.0), curve())] == ["signal_efficiency", "rate_hz"]
    assert check_hold(Hold(), curve()) == ()
    assert not Hold().limits and replace(Hold(), rate_hz=1.0).limits


@pytest.mark.parametrize("lsb", [-11, -2, 0, 5])
def test_the_threshold_of_a_point_passes_the_same_events_when_it_is_written_into_a_model(lsb: int) -> None:
    scores = Scores(dict.fromkeys(range(-40, 40, 7), 3), lsb)
    for point in make_curve(("t", 1, ""), "t", 2.0**lsb, (scores, scores), PHYSICS).points:
        again = make_curve(("t", 1, ""), "t", float(f"{point.threshold:g}"), (scores, scores), PHYSICS).working_point
        assert (again.signal_passing, again.rate_hz) == (point.signal_passing, point.rate_hz)
