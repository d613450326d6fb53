"""Events that go into a core beat by beat, clock by clock, with words that are missing, too early, or in a reset."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.firmware.bench import Instance, Top, running
from tests.firmware.conftest import Verilator

STEPS = 3000
PARTS = ((7, 2), (1, 3), (5, 16))
LINKS = ((2, 2), (2, 5), (3, 3), (3, 4), (16, 16), (16, 20))
"""Beats of an event, and the interval of the core."""


@pytest.fixture(scope="module")
def start(
    verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Instance]]:
    top, folder = Top(), tmp_path_factory.mktemp("beats")
    for width, beats in PARTS:
        event = {"start": 1, "event_data": width * beats}
        top.add(f"parts_{width}_{beats}", "tf_beats", {"W": width, "BEATS": beats}, event, {"beat": width})
    for beats, interval in LINKS:
        size = {"W": 128, "BEATS": beats, "INTERVAL": interval}
        link = {"rst": 1, "link_valid": 1, "link_start": 1, "link_data": 128}
        found = {"start": 1, "beat": 128, "event_valid": 1, "framing_error": 1}
        top.add(f"link_{beats}_{interval}", "tf_tmux_beats", size, link, found)
    (folder / "top.v").write_text(top.text())
    sources = [firmware / "shell" / f"{name}.v" for name in ("tf_beats", "tf_tmux_beats")]
    cells = [firmware / "cells" / f"tf_{name}.v" for name in ("register", "register_copy", "vote")]
    program = verilator.build("top", *sources, *cells, folder / "top.v", folder=folder)
    with running(top, program) as start_one:
        yield start_one


@pytest.mark.parametrize(("width", "beats"), PARTS)
def test_an_event_is_handed_on_part_by_part(width: int, beats: int, start: Callable[[str], Instance]) -> None:
    block, numbers = start(f"parts_{width}_{beats}"), random.Random(1)
    event, begun = 0, -beats
    for step in range(STEPS):
        begins = step - begun >= beats and numbers.random() < 0.4
        data = numbers.getrandbits(width * beats)
        if begins:
            event, begun = data, step
        got = block.step(start=int(begins), event_data=data)
        if step - begun < beats:
            assert got["beat"] == event >> width * (step - begun) & (1 << width) - 1, step


@pytest.mark.parametrize(("beats", "interval"), LINKS)
def test_link_words_reach_the_core_as_they_come(beats: int, interval: int, start: Callable[[str], Instance]) -> None:
    block, numbers = start(f"link_{beats}_{interval}"), random.Random(beats)
    block.step(rst=1)
    taken, free, begins = (
        0,
        0,
        0,
    )  # words of the event so far, the first step for another, and one that comes on purpose
    expected = {"start": 0, "event_valid": 0, "framing_error": 0}
    whole, errors = 0, 0
    before = 0
    for step in range(STEPS):
        if step >= begins + beats and numbers.random() < 0.6:
            begins = step
        inside = begins <= step < begins + beats
        flawed = numbers.random() < 0.02
        rst = int(numbers.random() < 0.004)
        valid = int(inside != flawed)
        first = int((inside and step == begins) or numbers.random() < 0.01)
        word = numbers.getrandbits(128)
        got = block.step(rst=rst, link_valid=valid, link_start=first, link_data=word)
        assert {name: got[name] for name in expected} == expected, step
        assert step == 0 or got["beat"] == before, step
        whole, errors, before = whole + got["event_valid"], errors + got["framing_error"], word
        expected = dict.fromkeys(expected, 0)
        if rst:
            taken, free = 0, 0
        elif valid and first and step >= free:
            expected["start"] = 1
            expected["framing_error"] = int(taken > 0)
            taken, free = 1, step + interval
        else:
            goes_on = bool(taken and valid and not first)
            expected["framing_error"] = int(bool((taken and not goes_on) or (valid and first)))
            expected["event_valid"] = int(goes_on and taken == beats - 1)
            taken = taken + 1 if goes_on and taken < beats - 1 else 0
    assert whole > 20 and errors > 20
