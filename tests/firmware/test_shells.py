"""Every shell around a small core, clock by clock, with gaps, back-pressure and reset in mid-stream."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.firmware.bench import CORES, IN_BITS, LINKS, OUT_BITS, OUTS, Core, Instance, build, running, tiny
from tests.firmware.conftest import Verilator
from trigforge.project.rtl import OBJECTS

Start = Callable[[str], Instance]
STEPS = 1500
W = 0xA5


@pytest.fixture(scope="module")
def start(verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the program and hands out one of its instances."""
    top, program = build(verilator, firmware, tmp_path_factory.mktemp("shells"))
    with running(top, program) as start_one:
        yield start_one


def _after_reset(expected: dict[int, object], step: int) -> None:
    """Forgets all that would come out after a reset at this edge."""
    for later in [at for at in expected if at > step]:
        del expected[later]


@pytest.mark.parametrize("cycles", (0, 1, 2, 5))
def test_a_delay_gives_its_input_so_many_edges_later(cycles: int, start: Start) -> None:
    delay, numbers = start(f"delay_{cycles}"), random.Random(1)
    sent = [numbers.getrandbits(7) for _ in range(50)]
    received = [delay.step(d=value)["q"] for value in sent]
    assert received[cycles:] == sent[: len(sent) - cycles]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_a_valid_shell_gives_each_result_after_the_latency(core: Core, start: Start) -> None:
    shell, numbers = start(f"valid_{core.name}"), random.Random(2)
    shell.step(rst=1)
    expected: dict[int, int] = {}
    free, reset_until = 0, 0
    for step in range(STEPS):
        if numbers.random() < 0.02 and step > 600:
            reset_until = step + core.interval
        gaps, rst = step > 300, int(step < reset_until)
        free = 0 if rst else free
        valid, event = int(step >= free and (not gaps or numbers.random() < 0.6)), numbers.getrandbits(IN_BITS)
        if valid and not rst:
            free = step + core.interval
            expected[step + core.latency] = tiny(event, W)
        got = shell.step(rst=rst, in_valid=valid, x_in=event & (1 << 70) - 1, flag_in=event >> 70, w_in=W)
        assert got["out_valid"] == (step in expected), step
        if step in expected:
            assert got["y_out"] | got["ok_out"] << 75 == expected[step]
        if rst:
            _after_reset(expected, step)


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_an_axis_shell_loses_nothing_and_keeps_the_rules(core: Core, start: Start) -> None:
    shell, numbers = start(f"axis_{core.name}"), random.Random(3)
    shell.step(aresetn=0)
    inside: deque[int] = deque()
    offered: int | None = None
    stalled: int | None = None
    taken = 0
    for step in range(2 * STEPS):
        eager, patient = (0.9, 0.3) if step // 200 % 2 else (0.4, 0.9)
        aresetn = int(numbers.random() > 0.01)
        if offered is None and numbers.random() < eager:
            offered = numbers.getrandbits(IN_BITS)
        ready = int(numbers.random() < patient)
        got = shell.step(
            aresetn=aresetn,
            w_in=W,
            s_axis_tvalid=int(offered is not None),
            s_axis_tdata=offered or 0,
            m_axis_tready=ready,
        )
        if stalled is not None:
            assert got["m_axis_tvalid"] and got["m_axis_tdata"] == stalled, "a stalled transfer stays what it is"
        if got["m_axis_tvalid"]:
            assert inside and got["m_axis_tdata"] == inside[0]
            if ready:
                inside.popleft()
                taken += 1
        stalled = got["m_axis_tdata"] if got["m_axis_tvalid"] and not ready and aresetn else None
        if offered is not None and got["s_axis_tready"]:
            if aresetn:
                inside.append(tiny(offered, W))
            offered = None
        if not aresetn:
            inside.clear()
    assert taken > STEPS / 2 / core.interval


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_an_axis_shell_takes_an_event_every_interval_until_its_words_are_reserved(core: Core, start: Start) -> None:
    shell = start(f"axis_{core.name}")
    shell.step(aresetn=0)
    for _ in range(core.interval):
        shell.step(aresetn=1)
    flowing = [shell.step(aresetn=1, s_axis_tvalid=1, s_axis_tdata=n, m_axis_tready=1) for n in range(100)]
    every = [int(n % core.interval == 0) for n in range(100)]
    assert [got["s_axis_tready"] for got in flowing] == every
    assert [got["m_axis_tvalid"] for got in flowing] == ([0] * (core.latency + 1) + every)[:100]
    for _ in range(2 * core.latency + 5):
        shell.step(aresetn=1, m_axis_tready=1)
    stopped = [shell.step(aresetn=1, s_axis_tvalid=1, s_axis_tdata=n) for n in range(100)]
    words = 1 << max(1, ((core.latency + 1) // core.interval).bit_length())
    assert [got["s_axis_tready"] for got in stopped] == every[: words * core.interval] + [0] * (
        100 - words * core.interval
    )
    drained = [shell.step(aresetn=1, m_axis_tready=1) for _ in range(100)]
    assert [got["m_axis_tvalid"] for got in drained] == [1] * words + [0] * (100 - words)
    assert [got["m_axis_tdata"] for got in drained[:words]] == [tiny(n * core.interval, 0) for n in range(words)]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_a_tmux_shell_receives_computes_and_sends(core: Core, start: Start) -> None:
    shell, numbers = start(f"tmux_{core.name}"), random.Random(4)
    shell.step(rst=1)
    words: dict[int, tuple[int, int]] = {}
    errors: set[int] = set()
    first: int | None = None
    sent, free, reset_until = 0, 0, 0
    for step in range(STEPS):
        busy = 1.0 if step < 300 else 0.7
        if numbers.random() < 0.01 and step > 300:
            reset_until = step + core.interval
        rst = int(step < reset_until)
        valid, word = int(numbers.random() < busy), numbers.getrandbits(64)
        begin = int(first is None or (numbers.random() < 0.1 and step > 300))
        got = shell.step(rst=rst, w_in=W, in_link_valid=valid, in_link_start=begin, in_link_data=word)
        assert (got["out_link_valid"], got["framing_error"], got["overrun"]) == (step in words, step in errors, 0), step
        if step in words:
            assert (got["out_link_start"], got["out_link_data"]) == words[step]
            sent += 1
        else:
            assert not got["out_link_start"]
        if rst:
            first, free = None, 0
            _after_reset(words, step)
        elif valid and begin:
            if first is not None:
                errors.add(step + 1)
            first = word
        elif valid and first is not None and step < free:
            errors.add(step + 1)
            first = None
        elif valid and first is not None:
            result = tiny((word << 64 | first) & (1 << IN_BITS) - 1, W)
            words[step + core.latency + 2] = (1, result & (1 << 64) - 1)
            words[step + core.latency + 3] = (0, result >> 64)
            first, free = None, step + core.interval
    assert sent > STEPS / 4 / core.interval and errors


@pytest.mark.parametrize(("words", "interval", "voted"), LINKS)
def test_a_deserializer_collects_whole_events_an_interval_apart(
    words: int, interval: int, voted: int, start: Start
) -> None:
    block, numbers = start(f"in_{words}_{interval}_{voted}"), random.Random(5)
    block.step(rst=1)
    begun: list[int] = []
    event: int | None = None
    error, free = 0, 0
    found = 0
    for step in range(STEPS):
        rst = int(numbers.random() < 0.01)
        valid, word = int(numbers.random() < 0.8), numbers.getrandbits(64)
        begin = int(numbers.random() < (0.5 if not begun else 0.05))
        got = block.step(rst=rst, link_valid=valid, link_start=begin, link_data=word)
        assert (got["event_valid"], got["framing_error"]) == (event is not None, error), step
        if event is not None:
            assert got["event_data"] == event
            found += 1
        event, error = None, 0
        if rst:
            begun, free = [], 0
        elif valid and (begin or begun):
            error = int(bool(begin and begun))
            begun = [word] if begin else [*begun, word]
            if len(begun) == words and step < free:
                begun, error = [], 1
            elif len(begun) == words:
                event = sum(word << 64 * n for n, word in enumerate(begun))
                begun, free = [], step + interval
    assert found > STEPS / 20 / interval


@pytest.mark.parametrize(("words", "voted"), OUTS)
def test_a_serializer_sends_whole_events_and_says_what_it_drops(words: int, voted: int, start: Start) -> None:
    block, numbers = start(f"out_{words}_{voted}"), random.Random(6)
    block.step(rst=1)
    expected: dict[int, tuple[int, int]] = {}
    free, dropped, overruns = 0, 0, 0
    for step in range(STEPS):
        rst = int(numbers.random() < 0.01)
        often = 1.0 if step < 200 else 0.5 / words
        valid, event = int(numbers.random() < often), numbers.getrandbits(64 * words)
        got = block.step(rst=rst, event_valid=valid, event_data=event)
        assert (got["link_valid"], got["overrun"]) == (step in expected, dropped), step
        if step in expected:
            assert (got["link_start"], got["link_data"]) == expected[step]
        dropped = 0
        if rst:
            free = 0
            _after_reset(expected, step)
        elif valid and step < free:
            dropped = 1
            overruns += 1
        elif valid:
            free = step + words
            for n in range(words):
                expected[step + 1 + n] = (int(n == 0), event >> 64 * n & (1 << 64) - 1)
    assert overruns or words == 1


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_a_sequencer_serves_the_objects_of_an_event_one_after_the_other(core: Core, start: Start) -> None:
    shell, numbers = start(f"sequencer_{core.name}"), random.Random(7)
    shell.step(rst=1)
    expected: dict[int, tuple[int, int]] = {}
    free, seen = core.interval - 1, 0
    for step in range(STEPS):
        rst = int(numbers.random() < 0.01 and step > 300)
        valid = int(step < 300 or numbers.random() < 0.5)
        count = numbers.choice((0, 1, 1, 2, 3, 7, 15, 16, 20))
        objects = [numbers.getrandbits(IN_BITS) for _ in range(OBJECTS)]
        packed = sum(value << IN_BITS * n for n, value in enumerate(objects))
        got = shell.step(rst=rst, w_in=W, in_valid=valid, in_count=count, in_objects=packed)
        assert got["in_ready"] == (step >= free), step
        assert got["out_valid"] == (step in expected), step
        if step in expected:
            assert (got["out_count"], got["out_objects"]) == expected[step]
            seen += 1
        if rst:
            free = step + core.interval
            _after_reset(expected, step)
        elif valid and step >= free:
            served = min(count, OBJECTS)
            results = sum(tiny(value, W) << OUT_BITS * n for n, value in enumerate(objects[:served]))
            free = step + max(1, served) * core.interval
            expected[free - core.interval + core.latency + 2] = (served, results)
    assert seen > STEPS / 20 / core.interval
