"""A top whose ports are streams of words: its text, hls4ml's own test bench of it, and every shape of port."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.hls.test_generate import small
from trigforge.design import DesignPoint, HlsDesign, IoType
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedTypes
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Node, Relu, Sum
from trigforge.hls import to_project
from trigforge.project import write
from trigforge.toolchain import gxx
from trigforge.toolchain.process import Command, run_tool

GOLDEN = Path(__file__).parent / "golden_stream"
STREAMS = DesignPoint(hls=HlsDesign(io_type=IoType.IO_STREAM))


def test_the_files_with_streams_are_the_stored_ones(golden: Callable[[Path, str], None]) -> None:
    project = to_project(small(), STREAMS)
    for path in ("firmware/small_v1.h", "firmware/small_v1.cpp", "csim/bridge.cpp"):
        golden(GOLDEN / path, project.files[path])


def test_the_test_bench_of_hls4ml_runs_a_streamed_top(tmp_path: Path) -> None:
    written = write(to_project(small(), STREAMS), tmp_path)
    sources = ["small_v1_test.cpp", "firmware/small_v1.cpp"]
    flags = ["-std=c++14", "-I.", "-Ifirmware", "-Ifirmware/ap_types", "-w"]
    run_tool("g++", Command(["g++", *flags, *sources, "-o", "bench"], written.directory), timeout_s=300)
    (tmp_path / "tb_data").mkdir()
    said = run_tool("bench", Command([tmp_path / "bench"], written.directory), timeout_s=60)
    assert "Saved inference results" in said
    assert "WARNING" not in said, "a stream was read empty or left full"


def test_ports_of_every_rank_and_name_are_words_of_their_last_axis(tmp_path: Path) -> None:
    shapes = {
        "scalar": (),
        "vector": (3,),
        "rows": (4, 2),
        "image": (2, 3, 5),
        "ports_v1": (1,),
        "ports_v1_event": (2,),
    }
    types = FixedTypes.of(1, 6, 3)
    inputs = tuple(GraphInput(name, shape, types) for name, shape in shapes.items())
    nodes = tuple(Node(f"{name}_up", Relu(), (name,)) for name in shapes)
    total = Node("total", Sum((0, 1, 2)), ("image_up",))
    graph = FixedPointGraph("ports", 1, inputs, (*nodes, total), (*(node.name for node in nodes), "total"))
    project = to_project(graph, STREAMS)
    header = project.files["firmware/ports_v1.h"]
    for name, row in (("scalar", 1), ("vector", 3), ("rows", 2), ("image", 5)):
        assert f", {row}> > &{name},\n" in header
    csim = gxx.compile_csim(write(project, tmp_path))
    stimuli = random_stimuli(graph, 100)
    expected = run(graph, stimuli, trace=True)
    found = csim.run(stimuli, trace=True)
    for name in expected.tensors:
        assert np.array_equal(found.tensors[name], expected.tensors[name]), name
