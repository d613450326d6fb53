"""Verilog whose inputs arrive in several clock cycles, against the reference emulator, and straight from link words."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.agreement.fuzz import row_by_row
from tests.agreement.generator import optimized_graph
from tests.agreement.test_folding import SMALL, attention_block, check
from tests.firmware.bench import Instance, Top
from tests.firmware.conftest import Stepper, Verilator
from tests.rtl.graphs import CORNERS
from trigforge.design import Arrival, DesignPoint, InputDesign, RtlDesign
from trigforge.emulator import random_stimuli, run
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.project import RtlPort, RtlProject, Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

EVENTS = 2000


@pytest.mark.parametrize(("rows", "interval", "shell"), [(1, 1, Shell.VALID), (2, 1, Shell.AXIS), (1, 16, Shell.VALID)])
def test_small_graphs_take_their_inputs_row_by_row(rows: int, interval: int, shell: Shell, tmp_path: Path) -> None:
    base = DesignPoint(rtl=RtlDesign(initiation_interval=interval))
    graphs = [*SMALL, *(optimized_graph(n) for n in range(40, 56))]
    made = [(found, to_project(found, row_by_row(found, rows, base))) for found in graphs]
    made = [(found, project) for found, project in made if any(port.beats > 1 for port in project.inputs)]
    assert len(made) > 10
    graphs, projects = [found for found, _ in made], [project for _, project in made]
    for found, simulation in zip(
        graphs, verilator.compile_rtl_batch(projects, tmp_path, shell, quick=True), strict=True
    ):
        check(found, simulation, 300)


def test_linters_find_nothing(tmp_path: Path) -> None:
    for number, found in enumerate((attention_block(), CORNERS["map_in_map"], CORNERS["copy_and_instance"])):
        written = write(to_project(found, row_by_row(found, 1, DesignPoint())), tmp_path / str(number))
        for shell in (Shell.VALID, Shell.AXIS):
            verilator.lint_rtl(written, shell)


def test_the_jet_tagger_works_on_particles_as_they_arrive(tmp_path: Path) -> None:
    """No longer from the last particle on than the tagger that takes all at once, and without a copy of the event."""
    found = read_source(resolve("jet_tagger"))
    project = to_project(found, DesignPoint(inputs={"constituents": InputDesign(Arrival.SERIAL)}))
    at_once = to_project(found, DesignPoint())
    (port,) = project.inputs
    assert (port.beats, port.wired.shape) == (16, (1, 3))
    assert project.initiation_interval == 16
    assert project.latency_cycles - (port.beats - 1) <= at_once.latency_cycles + 4
    waiting = [path for path in project.files if path.endswith("_slots.v") and "tf_choose" in project.files[path]]
    assert not waiting
    for simulation in verilator.compile_rtl_shells(write(project, tmp_path), (Shell.VALID, Shell.AXIS)):
        check(found, simulation, EVENTS)


def packed(ports: Sequence[RtlPort], values: Mapping[str, npt.NDArray[np.int64]]) -> int:
    """Elements side by side, the first lowest."""
    whole, offset = 0, 0
    for port in ports:
        for element in values[port.tensor].reshape(-1).tolist():
            whole |= (element & (1 << port.width) - 1) << offset
            offset += port.width
    return whole


def link_words(ports: Sequence[RtlPort], event: Mapping[str, npt.NDArray[np.int64]]) -> list[int]:
    """The words of an event, one a beat."""

    def rows(port: RtlPort, beat: int) -> npt.NDArray[np.int64]:
        count, values = port.rows_a_cycle, event[port.tensor]
        if count is None:
            return values
        missing = [(0, port.beats * count - len(values)), *((0, 0) for _ in values.shape[1:])]
        return np.pad(values, missing)[beat * count : (beat + 1) * count]

    beats = max(port.beats for port in ports)
    return [packed(ports, {port.tensor: rows(port, beat) for port in ports}) for beat in range(beats)]


def played(project: RtlProject, words: Mapping[int, tuple[int, int]], steps: int, folder: Path) -> dict[int, int]:
    """Words (start, data) on the link of the shell ``tmux`` by their clocks, and the words it answers by theirs."""
    top = Top()
    inputs = {"rst": 1, "in_link_valid": 1, "in_link_start": 1, "in_link_data": 64}
    outputs = {"out_link_valid": 1, "out_link_start": 1, "out_link_data": 64, "framing_error": 1, "overrun": 1}
    top.add("dut", f"{project.core}_tmux", {}, inputs, outputs)
    (folder / "top.v").write_text(top.text())
    directory = write(project, folder / "project").directory
    sources = dict.fromkeys((*project.sources, *dict(project.shells)[Shell.TMUX]))
    tool = Verilator(verilator.find().root)
    program = tool.build("top", *(directory / path for path in sources), folder / "top.v", folder=folder)
    stepper = Stepper(program, top.x_bits, top.y_bits)
    dut = Instance("dut", top, stepper)
    for _ in range(project.initiation_interval):
        dut.step(rst=1)
    answers: dict[int, int] = {}
    for clock in range(steps):
        start, data = words.get(clock, (0, 0))
        got = dut.step(in_link_valid=int(clock in words), in_link_start=start, in_link_data=data)
        assert not got["framing_error"] and not got["overrun"]
        if got["out_link_valid"]:
            answers[clock] = got["out_link_data"]
    stepper.close()
    return answers


def test_the_jet_tagger_takes_words_straight_from_a_link(tmp_path: Path) -> None:
    """A particle a clock, events as close as the core takes them and sometimes further apart."""
    found, events = read_source(resolve("jet_tagger")), 200
    project = to_project(found, DesignPoint(inputs={"constituents": InputDesign(Arrival.SERIAL)}))
    stimuli = random_stimuli(found, events, seed=4)
    expected = run(found, stimuli).outputs
    words: dict[int, tuple[int, int]] = {}
    answers: dict[int, int] = {}
    clock = 0
    for event in range(events):
        sent = link_words(project.inputs, {name: values[event] for name, values in stimuli.items()})
        words |= {clock + beat: (int(beat == 0), word) for beat, word in enumerate(sent)}
        result = packed(project.outputs, {name: values[event] for name, values in expected.items()})
        # from the clock of the last word: an edge into the receiver, one into the sender, and the core between them
        due = clock + 15 + 2 + project.latency_cycles - 15
        count = -(-sum(port.bits for port in project.outputs) // 64)
        answers |= {due + n: result >> 64 * n & (1 << 64) - 1 for n in range(count)}
        clock += 16 + event % 3
    assert played(project, words, clock + project.latency_cycles + 8, tmp_path) == answers
