"""No design point changes an output bit, whatever hls4ml prints for it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np
import pytest

from trigforge.design import Backend, DesignPoint, Fpga, HlsDesign, IoType, LayerDesign, Multipliers, Strategy
from trigforge.emulator import random_stimuli, run
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph.equation import Equation
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.matrices import matrices_of
from trigforge.graph.ops import Conv1D, Conv2D, Dense, EinsumDense, Node, Relu, Requantize, Reshape, Sum
from trigforge.hls import to_project
from trigforge.toolchain import gxx

DESIGNS = {
    "latency": DesignPoint(),
    "latency, multipliers reused": DesignPoint(hls=HlsDesign(reuse_factor=4)),
    "resource": DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE)),
    "resource, multipliers reused": DesignPoint(hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=4)),
    "resource, reused more often than a layer has inputs": DesignPoint(
        hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=16), layers={"rows": LayerDesign(reuse_factor=18)}
    ),
    "one layer differs": DesignPoint(
        hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=2),
        layers={"rows": LayerDesign(Strategy.LATENCY, 1), "head": LayerDesign(reuse_factor=8)},
    ),
    "another part and clock": DesignPoint(target=Fpga(part="xcvu9p-flga2104-2L-e", clock_period_ns=2.7777)),
    "multipliers in DSP slices": DesignPoint(hls=HlsDesign(multipliers=Multipliers.DSP)),
    "streams": DesignPoint(hls=HlsDesign(io_type=IoType.IO_STREAM)),
    "streams, multipliers reused": DesignPoint(
        hls=HlsDesign(strategy=Strategy.RESOURCE, reuse_factor=4, io_type=IoType.IO_STREAM)
    ),
    "Vivado HLS, streams": DesignPoint(hls=HlsDesign(backend=Backend.VIVADO, io_type=IoType.IO_STREAM)),
    "Vivado HLS": DesignPoint(hls=HlsDesign(backend=Backend.VIVADO)),
    "Vivado HLS, resource": DesignPoint(
        hls=HlsDesign(backend=Backend.VIVADO, strategy=Strategy.RESOURCE, reuse_factor=3)
    ),
}


def _graph(version: int) -> FixedPointGraph:
    rng = np.random.default_rng(5)

    def constant(*shape: int) -> FixedArray:
        return FixedArray.of(rng.integers(-7, 8, shape), -3)

    narrow = Requantize(FixedTypes.of(1, 5, 3), Rounding.RND_CONV, Overflow.SAT)
    nodes = (
        Node("rows", Dense(constant(4, 3), constant(3)), ("x",)),
        Node("rows.iq", narrow, ("rows",)),
        Node("cube", Reshape((2, 2, 6)), ("x",)),
        Node("deep", Dense(constant(6, 2), constant(2)), ("cube",)),
        Node("mixed", EinsumDense(Equation.parse("ab,ac->bc"), constant(6, 2), constant(2)), ("x",)),
        Node("conv", Conv1D(constant(3, 4, 2), constant(2), stride=2, padding=(1, 1)), ("x",)),
        Node("image", Reshape((6, 2, 2)), ("x",)),
        Node("conv2", Conv2D(constant(2, 2, 2, 3), constant(3), padding=(0, 1, 1, 0)), ("image",)),
        Node("pooled", Sum((0,)), ("rows.iq",)),
        Node("relu", Relu(), ("pooled",)),
        Node("head", Dense(constant(3, 8), constant(8)), ("relu",)),
    )
    x = GraphInput("x", (6, 4), FixedTypes.of([1, 0, 1, 1], [4, 3, 5, 2], [2, 1, 3, 2]))
    return FixedPointGraph("design", version, (x,), nodes, ("rows", "deep", "mixed", "conv", "conv2", "head"))


def test_no_design_point_changes_an_output_bit(tmp_path: Path) -> None:
    graphs = [_graph(version) for version in range(len(DESIGNS))]
    projects = [to_project(graph, design) for graph, design in zip(graphs, DESIGNS.values(), strict=True)]
    stimuli = random_stimuli(graphs[0], 200)
    expected = run(graphs[0], stimuli, trace=True)
    for name, csim in zip(DESIGNS, gxx.compile_batch(projects, tmp_path, quick=True), strict=True):
        found = csim.run(stimuli, trace=True)
        assert found.tensors.keys() == expected.tensors.keys()
        for tensor in expected.tensors:
            assert np.array_equal(found.tensors[tensor], expected.tensors[tensor]), (name, tensor)


def test_part_clock_and_reuse_reach_the_project() -> None:
    design = replace(DESIGNS["resource, multipliers reused"], target=Fpga("xcvu9p-flga2104-2L-e", 2.5))
    files = to_project(_graph(1), design).files
    assert 'set part "xcvu9p-flga2104-2L-e"\n' in files["project.tcl"]
    assert "set clock_period 2.5\n" in files["project.tcl"]
    assert 'set backend "vitis"\n' in files["project.tcl"]
    assert "reuse_factor = 4;" in files["firmware/parameters.h"]
    assert "nnet::DenseResource" in files["firmware/parameters.h"]
    assert (
        'set backend "vivado"\n'
        in to_project(_graph(1), DesignPoint(hls=HlsDesign(backend=Backend.VIVADO))).files["project.tcl"]
    )


def _configuration(files: Mapping[str, str], layer: str) -> dict[str, int]:
    """The whole numbers in the configuration of the call that makes a layer."""
    call = re.search(rf"(config\d+)>\([^\n]*// {layer}\n", files["firmware/design_v1.cpp"])
    assert call is not None
    struct = re.search(rf"struct {call[1]} {{(.*?)}};", files["firmware/parameters.h"], re.DOTALL)
    assert struct is not None
    return {name: int(value) for name, value in re.findall(r"unsigned (\w+) = (\d+);", struct[1])}


@pytest.mark.parametrize("reuse_factor", [1, 3])
def test_multipliers_are_counted_over_all_positions(reuse_factor: int) -> None:
    graph = _graph(1)
    files = to_project(graph, DesignPoint(hls=HlsDesign(reuse_factor=reuse_factor))).files
    for node in graph.nodes:
        if isinstance(node.op, Dense | EinsumDense | Conv1D | Conv2D):
            found = matrices_of(node.op, graph.tensors[node.operands[0]].shape, graph.tensors[node.name].shape)
            products = sum(
                int(np.count_nonzero(found.matrices[block][terms >= 0]))
                for block, terms in zip(found.block, found.terms, strict=True)
            )
            configuration = _configuration(files, node.name)
            assert configuration["multiplier_limit"] == ceil(products / reuse_factor), node.name
            assert configuration["reuse_factor"] == reuse_factor


def test_no_layer_that_multiplies_at_once_comes_from_hls4ml() -> None:
    text = to_project(_graph(1), DesignPoint()).files["firmware/design_v1.cpp"]
    assert set(re.findall(r"nnet::(\w+)<", text)) == {"relu"}
    assert "#pragma HLS PIPELINE\n" in text


def test_a_top_that_is_dataflow_calls_pipelined_functions_only() -> None:
    """Functions that are inlined into a ``DATAFLOW`` region are no processes, and csynth runs what is left in turn."""
    project = to_project(_graph(1), DESIGNS["resource, multipliers reused"])
    text = project.files["firmware/design_v1.cpp"]
    assert "#pragma HLS DATAFLOW\n" in text and "#pragma HLS PIPELINE" not in text
    code = "\n".join(text for path, text in project.files.items() if "/trigforge/" in path or "code_gen" in path)
    called = set(re.findall(r"(?:trigforge|trigforge_design_v1)::(\w+)<", text)) - {"trace"}
    assert called == {"index", "linear_in_turns", "sum", "rows_iq"}
    for name in called - {"linear_in_turns"}:
        assert re.search(rf"void {name}\([^)]*\]\) {{\n    #pragma HLS PIPELINE", code), name
    assert "turn < CONFIG_T::reuse_factor; turn++) {\n        #pragma HLS PIPELINE II=1 rewind\n" in code
    assert "#pragma HLS DATAFLOW" not in to_project(_graph(1), DesignPoint()).files["firmware/design_v1.cpp"]


@pytest.mark.parametrize("backend", Backend)
def test_multipliers_reach_the_scripts(backend: Backend) -> None:
    for multipliers in Multipliers:
        files = to_project(_graph(1), DesignPoint(hls=HlsDesign(backend, multipliers=multipliers))).files
        assert f"set multipliers {multipliers}\n" in files["project.tcl"]
        told = backend is Backend.VITIS and multipliers is Multipliers.LUT
        assert ("config_op mul -impl fabric\n" in files["build_prj.tcl"]) is told
