"""Co-simulation: the test bench, compiled against a real HLS project, and the fake tool."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from trigforge.design import DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.errors import BitMismatch, EventsError, ProjectError, ToolFailedError
from trigforge.fixed import FixedArray, FixedTypes
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Dense, Node, Relu
from trigforge.graph.simulation import Mantissas
from trigforge.hls import to_project
from trigforge.project import HlsProject, WrittenProject, write
from trigforge.reports import Figure, Provenance
from trigforge.toolchain import gxx
from trigforge.toolchain.cosim import cosim, prepare
from trigforge.toolchain.vitis_hls import HlsTool, csynth

MOCKS = Path(__file__).parent.parent / "mock_commands"
FAKE = HlsTool("vitis_hls", MOCKS / "bin" / "vitis_hls")
EVENTS = 10
TYPES = FixedTypes.of(1, 6, 3)
GRAPH = FixedPointGraph(
    "small",
    1,
    (GraphInput("x", (3,), TYPES), GraphInput("z", (3,), TYPES)),
    (
        Node("hidden", Dense(FixedArray.of([[1, -3], [2, 0], [5, 7]], -2), FixedArray.of([1, 2], -3)), ("x",)),
        Node("y", Relu(), ("hidden",)),
        Node("w", Relu(), ("z",)),
    ),
    ("y", "w"),
)

Arrays = dict[str, Mantissas]


@pytest.fixture(scope="module")
def vectors() -> tuple[Arrays, Arrays]:
    inputs = random_stimuli(GRAPH, EVENTS)
    return inputs, dict(run(GRAPH, inputs).outputs)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenProject[HlsProject]:
    for variable in ("MOCK_HLS", "TRIGFORGE_COSIM_TIMEOUT_S", "TRIGFORGE_CSYNTH_TIMEOUT_S"):
        monkeypatch.delenv(variable, raising=False)
    return write(to_project(GRAPH, DesignPoint()), tmp_path / "hls")


def compiled(written: WrittenProject[HlsProject], folder: Path) -> Path:
    """The test bench as a program, as the vendor's tool builds it: all sources, its own compiler's oldest standard."""
    interface = written.project.simulation
    sources = [written.directory / path for path in (*interface.sources, "cosim/testbench.cpp")]
    includes = [f"-I{written.directory / path}" for path in interface.include_directories]
    program = folder / "testbench"
    command = [*gxx.find(), "-std=c++11", "-O0", "-w", *includes, *sources, "-o", program]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return program


def test_the_test_bench_compares_integers(
    written: WrittenProject[HlsProject], vectors: tuple[Arrays, Arrays], tmp_path: Path
) -> None:
    inputs, expected = vectors
    assert prepare(written, inputs, expected) == (EVENTS, 5)
    program = compiled(written, tmp_path)

    def said() -> tuple[int, list[str]]:
        done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout.splitlines()

    assert said() == (0, ["trigforge cosim: 0 of 50 outputs differ"])

    changed = {**expected, "w": expected["w"] + np.eye(EVENTS, 3, dtype=np.int64)}
    prepare(written, inputs, changed)
    found = [int(expected["w"][event, event]) for event in range(3)]
    status, lines = said()
    assert status == 1
    assert lines == [
        *(
            f"trigforge cosim: event {n} output 1 element {n} found {found[n]} expected {found[n] + 1}"
            for n in range(3)
        ),
        "trigforge cosim: 3 of 50 outputs differ",
    ]

    path = written.directory.resolve() / "cosim" / "vectors.txt"
    path.write_text(path.read_text()[:-20])
    assert said() == (2, [f"trigforge cosim: the vectors in {path} cannot be read"])


def test_the_vectors(written: WrittenProject[HlsProject]) -> None:
    """Sizes first, then an event a line; a register's one value stands for all events."""
    inputs = {"x": np.array([[1, 2, 3], [-4, 5, 6]], np.int64), "z": np.array([[7, 8, 9]], np.int64)}
    expected = {"y": np.array([[1, 2], [3, 4]], np.int64), "w": np.array([[7, 8, 9], [7, 8, 9]], np.int64)}
    prepare(written, inputs, expected)
    assert (written.directory / "cosim" / "vectors.txt").read_text() == (
        "events 2\ninputs 3 3\noutputs 2 3\n1 2 3 7 8 9 1 2 7 8 9\n-4 5 6 7 8 9 3 4 7 8 9\n"
    )


def test_success(written: WrittenProject[HlsProject], vectors: tuple[Arrays, Arrays]) -> None:
    csynth(FAKE, written)
    done = cosim(FAKE, written, *vectors)
    source = "vitis_hls 2023.2, small_v1_cosim.rpt"
    assert (done.events, done.outputs, done.tools) == (EVENTS, 5, {"vitis_hls": "2023.2"})
    assert done.latency.cycles == Figure(19, "cycles", Provenance.VENDOR, source)
    assert done.latency.initiation_interval == Figure(1, "cycles", Provenance.VENDOR, source)
    assert done.latency.ns == Figure(95.0, "ns", Provenance.VENDOR, source)


def test_a_difference_is_named(
    written: WrittenProject[HlsProject], vectors: tuple[Arrays, Arrays], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_HLS", "mismatch")
    csynth(FAKE, written)
    with pytest.raises(BitMismatch) as error:
        cosim(FAKE, written, *vectors)
    assert str(error.value) == (
        "co-simulation: event 3, output 'y', element 2: the hardware gives -5, 6 is expected; 1 of 50 outputs differ"
    )


@pytest.mark.parametrize(
    ("mock", "message"),
    [
        ("failure", "vitis_hls ended with status 1; its log hls/cosim.log ends with"),
        (
            "no_report",
            "vitis_hls ended well but left no report small_v1_prj/solution1/sim/report/small_v1_cosim.rpt; "
            "its log hls/cosim.log ends with",
        ),
        ("failed_report", "small_v1_cosim.rpt: co-simulation failed; its log hls/cosim.log ends with"),
    ],
)
def test_failure(
    mock: str,
    message: str,
    written: WrittenProject[HlsProject],
    vectors: tuple[Arrays, Arrays],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    csynth(FAKE, written)
    monkeypatch.setenv("MOCK_HLS", mock)
    with pytest.raises(ToolFailedError) as error:
        cosim(FAKE, written, *vectors)
    assert str(error.value).splitlines()[0] == message


def test_csynth_comes_first(written: WrittenProject[HlsProject], vectors: tuple[Arrays, Arrays]) -> None:
    with pytest.raises(ProjectError) as error:
        cosim(FAKE, written, *vectors)
    assert str(error.value) == "project 'small': csynth left no report; run csynth before cosim"


def test_wrong_arrays(written: WrittenProject[HlsProject], vectors: tuple[Arrays, Arrays]) -> None:
    inputs, expected = vectors
    with pytest.raises(EventsError) as error:
        prepare(written, inputs, {**expected, "y": expected["y"][:5]})
    assert (
        str(error.value)
        == "output 'y': expected mantissas of shape [10, 2], found shape [5, 2]; give those of a simulator"
    )
    with pytest.raises(EventsError) as error:
        prepare(written, inputs, {"y": expected["y"]})
    assert (
        str(error.value) == "output 'w': expected mantissas of shape [10, 3], found nothing; give those of a simulator"
    )
    with pytest.raises(EventsError) as error:
        prepare(written, {"x": inputs["x"]}, expected)
    assert str(error.value) == "the graph takes the inputs ['x', 'z'], found ['x']; give these"


def test_a_folder_that_a_c_string_cannot_hold(vectors: tuple[Arrays, Arrays], tmp_path: Path) -> None:
    quoted = write(to_project(GRAPH, DesignPoint()), tmp_path / 'my "hls"')
    with pytest.raises(ProjectError) as error:
        prepare(quoted, *vectors)
    folder = os.path.realpath(quoted.directory / "cosim")
    assert str(error.value) == f"a C string cannot hold {folder!r}; choose a folder without quotes and backslashes"
