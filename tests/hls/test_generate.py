"""The project as a value: the same for the same graph, in a namespace of its own, with nothing read at run time."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.hls.graphs import GRAPHS
from trigforge.design import DesignPoint, Fpga
from trigforge.emulator import random_stimuli, run
from trigforge.errors import GraphError, ProjectError, ToolMissingError, WidthError
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Body, Dense, Map, Mul, Node, Relu, Requantize, Sum
from trigforge.hls import kernel_layer, printer, to_project
from trigforge.hls.layers import HlsLayer
from trigforge.hls.names import Identifiers
from trigforge.toolchain import gxx

GOLDEN = Path(__file__).parent / "golden"
NARROW = FixedTypes.of(1, 6, 3)


def small(name: str = "small", version: int = 1, *, scale: int = 1) -> FixedPointGraph:
    """Two rows of three, quantized, through a dense layer, summed."""
    nodes = (
        Node("q", Requantize(FixedTypes.of([1, 0, 1], [4, 3, 0], [2, 2, 0]), Rounding.RND, Overflow.SAT), ("x",)),
        Node(
            "hidden.linear", Dense(FixedArray.of([[1, -3], [2, 0], [5, 7]], -2), FixedArray.of([1, scale], -3)), ("q",)
        ),
        Node("hidden", Relu(), ("hidden.linear",)),
        Node("pt", Sum((0,)), ("hidden",)),
    )
    return FixedPointGraph(name, version, (GraphInput("x", (2, 3), NARROW),), nodes, ("pt",))


def test_the_same_graph_and_design_give_the_same_bytes() -> None:
    for graph in (small(), GRAPHS["names"], GRAPHS["conv2d"]):
        first, second = to_project(graph, DesignPoint()), to_project(graph, DesignPoint())
        assert first.files == second.files
        assert first.digest == second.digest
    assert to_project(small(scale=2), DesignPoint()).digest != to_project(small(), DesignPoint()).digest
    assert (
        to_project(small(), DesignPoint(target=Fpga(clock_period_ns=4))).digest
        != to_project(small(), DesignPoint()).digest
    )


def test_the_files_that_are_generated_are_the_stored_ones(golden: Callable[[Path, str], None]) -> None:
    project = to_project(small(), DesignPoint())
    own = {path: text for path, text in project.files.items() if path not in project.library}
    vendor_scripts = {"build_prj.tcl", "build_opt.tcl", "vivado_synth.tcl", "small_v1_test.cpp"}
    assert vendor_scripts <= own.keys()
    for path in sorted(own.keys() - vendor_scripts - {"firmware/nnet_utils/nnet_code_gen.h"}):
        golden(GOLDEN / path, own[path])
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.*")} <= own.keys()


def test_nothing_is_read_at_run_time_and_no_path_or_time_is_written() -> None:
    project = to_project(small(), DesignPoint())
    assert not [path for path in project.files if path.endswith((".txt", ".dat", ".tar.gz", ".yml", ".sh"))]
    own = "\n".join(text for path, text in project.files.items() if path not in project.library)
    assert "load_weights_from_txt" not in own
    assert str(Path.home()) not in own and "/tmp" not in own


def test_everything_of_the_model_is_in_its_namespace() -> None:
    project = to_project(small("jets", 12), DesignPoint())
    assert project.namespace == "trigforge_jets_v12"
    assert project.top == "jets_v12"
    assert project.simulation.entry == "trigforge_jets_v12_run"
    for path in ("firmware/defines.h", "firmware/parameters.h", "firmware/jets_v12.cpp", "firmware/weights/w3.h"):
        assert "namespace trigforge_jets_v12 {" in project.files[path]


def test_two_versions_of_a_model_live_in_one_process(tmp_path: Path) -> None:
    graphs = [small(version=1), small(version=2, scale=40)]
    folders = [tmp_path / "one", tmp_path / "two"]
    stimuli = random_stimuli(graphs[0], 50)
    simulations = [
        gxx.compile_batch([to_project(graph, DesignPoint())], folder, quick=True)[0]
        for graph, folder in zip(graphs, folders, strict=True)
    ]
    outputs = [simulation.run(stimuli).outputs["pt"] for simulation in (*simulations, *simulations)]
    expected = [run(graph, stimuli).outputs["pt"] for graph in graphs]
    assert not np.array_equal(*expected)
    for found, wanted in zip(outputs, (*expected, *expected), strict=True):
        assert np.array_equal(found, wanted)


def test_a_map_is_refused_by_name() -> None:
    body = Body(("s",), (Node("r", Relu(), ("s",)),), ("r",))
    graph = FixedPointGraph(
        "m", 1, (GraphInput("x", (2, 3), NARROW),), (Node("each", Map.along(0, body), ("x",)),), ("each",)
    )
    with pytest.raises(GraphError) as error:
        to_project(graph, DesignPoint())
    assert str(error.value) == ("node 'each' (Map): the HLS route takes no Map; run trigforge.passes.inline_maps first")


def test_tensors_that_do_not_fit_the_bridge_are_refused_by_name() -> None:
    wide = GraphInput("x", (2,), FixedTypes.of(1, 40, 40))
    graph = FixedPointGraph("w", 1, (wide,), (Node("square", Mul(), ("x", "x")),), ("square",))
    with pytest.raises(WidthError) as error:
        to_project(graph, DesignPoint())
    assert str(error.value) == (
        "tensor 'square' needs 80 bits, C simulation carries 63; requantize its operands to fewer bits"
    )


def test_constants_that_float64_would_round_are_refused_by_name() -> None:
    weight = FixedArray.of([[2**54 + 1], [1]])
    graph = FixedPointGraph(
        "c", 1, (GraphInput("x", (2,), FixedTypes.of(1, 2, 2)),), (Node("d", Dense(weight), ("x",)),), ("d",)
    )
    with pytest.raises(WidthError) as error:
        to_project(graph, DesignPoint())
    assert str(error.value) == (
        "node 'd' (Dense): its constants need 55 bits, hls4ml carries 53; quantize them to fewer bits"
    )


def test_a_type_that_hls4ml_changes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    layer_config = printer._layer_config

    def other_result(layer: HlsLayer) -> dict[str, object]:
        config = layer_config(layer)
        if layer.tensor == "hidden":
            config["Precision"] = {"result": "fixed<9,9>"}
        return config

    monkeypatch.setattr(printer, "_layer_config", other_result)
    with pytest.raises(ProjectError) as error:
        to_project(small(), DesignPoint())
    assert str(error.value) == (
        "layer 'hidden': hls4ml made its result type ap_fixed<9,9>, asked was ap_ufixed<6,2>; "
        "this version of hls4ml cannot carry it exactly"
    )


def test_a_missing_hls4ml_names_the_extra_and_what_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hls4ml.model.layers", None)
    with pytest.raises(ToolMissingError) as error:
        kernel_layer.register.__wrapped__()  # past the cache: this process has registered long ago
    assert str(error.value) == (
        "hls4ml is missing (hls4ml.model.layers is not installed): pip install 'trigforge[hls]'. "
        "Without it, reading models and emulation still work"
    )


def test_identifiers() -> None:
    names = Identifiers()
    asked = ("dense.iq", "dense_iq", "Dense_IQ", "3rd", "float", "layer4_out", "b", "b2", "é", "__", "result_t")
    assert [names.fresh(name) for name in asked] == [
        "dense_iq",
        "dense_iq_n2",
        "Dense_IQ_n3",
        "t3rd",
        "float_x",
        "layer4_out_x",
        "b",
        "b2_x",
        "tensor",
        "tensor_n2",
        "result_t_x",
    ]
