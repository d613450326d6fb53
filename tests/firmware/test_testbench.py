"""The self-checking testbench: it passes on a sound core, and says what is wrong with an unsound one."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from tests.firmware.bench import IN_BITS, INPUTS, OUTPUTS, Core, tiny
from tests.firmware.conftest import Verilator
from trigforge.project.rtl import Shell
from trigforge.rtl import shells

W_BITS = 8
EVENTS = 200


def _patterns(events: int) -> tuple[list[str], list[str]]:
    """Lines of inputs and outputs. Registers stand where the core has them, between x and flag."""
    numbers = random.Random(8)
    w = 0x81
    inputs: list[str] = []
    outputs: list[str] = []
    for _ in range(events):
        event = numbers.getrandbits(IN_BITS)
        x, flag = event & (1 << 70) - 1, event >> 70
        inputs.append(f"{x | w << 70 | flag << 78:x}")
        outputs.append(f"{tiny(event, w):x}")
    return inputs, outputs


def _build(verilator: Verilator, firmware: Path, folder: Path, core: Core, said: Core | None = None) -> Path:
    """The testbench around a core and its shell, which are told the latency and the interval of `said`."""
    timing = said or core
    files = {f"{core.name}.v": core.text()}
    wrapped = shells.wrapped_core(core.name, INPUTS, OUTPUTS, timing.latency, timing.interval, "a core for tests")
    files |= shells.shell_files(wrapped, 0)[Shell.VALID] | shells.testbench_files(wrapped)
    here = Path(__file__).parent
    sources = [here / "tiny.v", here / "slow.v", *sorted((firmware / "cells").glob("*.v"))]
    sources.append(firmware / "shell" / "tf_valid_pipeline.v")
    for path, text in files.items():
        target = folder / Path(path).name
        target.write_text(text)
        sources.append(target)
    options = f"--binary --timing -Wall -CFLAGS -std=c++20 -CFLAGS -O0 --top-module tb_{core.name}".split()
    verilator(*options, *sources, folder=folder)
    return folder / "obj_dir" / f"Vtb_{core.name}"


def _run(program: Path, folder: Path, inputs: list[str], outputs: list[str]) -> tuple[int, list[str]]:
    """The exit status, and the lines with PASS or FAIL."""
    for name, lines in (("inputs.hex", inputs), ("outputs.hex", outputs)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    done = subprocess.run([program], cwd=folder, text=True, capture_output=True, timeout=60, check=False)
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))]


@pytest.fixture(scope="module")
def program(verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(verilator, firmware, tmp_path_factory.mktemp("testbench"), Core(1, 3))


@pytest.mark.parametrize("events", (1, 2, EVENTS))
def test_a_sound_core_passes(events: int, program: Path, tmp_path: Path) -> None:
    assert _run(program, tmp_path, *_patterns(events)) == (0, [f"PASS {events} events"])


@pytest.mark.parametrize("core", (Core(2, 9), Core(5, 6), Core(16, 17)), ids=lambda core: core.name)
def test_a_sound_core_with_an_interval_passes(core: Core, verilator: Verilator, firmware: Path, tmp_path: Path) -> None:
    program = _build(verilator, firmware, tmp_path, core)
    assert _run(program, tmp_path, *_patterns(EVENTS)) == (0, [f"PASS {EVENTS} events"])


def test_a_core_that_needs_more_clocks_than_it_says_fails(verilator: Verilator, firmware: Path, tmp_path: Path) -> None:
    program = _build(verilator, firmware, tmp_path, Core(3, 9), said=Core(2, 9))
    status, said = _run(program, tmp_path, *_patterns(EVENTS))
    assert status != 0
    assert len(said) == 1 and said[0].startswith("FAIL event 0: got ")


def test_a_wrong_bit_is_named_with_its_event(program: Path, tmp_path: Path) -> None:
    inputs, outputs = _patterns(EVENTS)
    right = int(outputs[17], 16)
    outputs[17] = f"{right ^ 1:x}"
    status, said = _run(program, tmp_path, inputs, outputs)
    assert status != 0
    assert said == [f"FAIL event 17: got {right:019x} expected {right ^ 1:019x}"]


def test_patterns_that_do_not_match_are_refused(program: Path, tmp_path: Path) -> None:
    inputs, outputs = _patterns(10)
    expected = "expected as many of each, from 1 to MAX_EVENTS = 65536"
    for left, right in ((10, 9), (0, 0)):
        status, said = _run(program, tmp_path, inputs[:left], outputs[:right])
        assert status != 0
        assert said == [f"FAIL {left} lines of inputs and {right} of outputs, {expected}"]
