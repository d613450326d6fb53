"""The emulators for CMSSW in a host program, many at once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.export.building import Build, needs_tools, shell
from tests.export.graphs import OTHER, SEVERAL, SMALL_2
from tests.small_graph import SMALL
from trigforge.emulator import run
from trigforge.export import PackageKind, to_package
from trigforge.export.check_events import host_events
from trigforge.project import write

HOSTS = Path(__file__).parent / "hosts"

pytestmark = needs_tools


@pytest.fixture(scope="module")
def host(build: Build, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The host program, and three emulators with their events: two models, two versions of one."""
    folder = tmp_path_factory.mktemp("host")
    arguments: list[object] = []
    for graph in (SMALL, SMALL_2, OTHER):
        package, where = build(graph, PackageKind.CMSSW)
        (tensor,) = graph.inputs
        values = host_events(graph, 500, seed=graph.version)[tensor.name]
        expected = run(graph, {tensor.name: tensor.encode(values)}).outputs["y"]
        head = np.array([len(values), values[0].size, expected[0].size])
        events = folder / f"{package.name}.events"
        events.write_bytes(head.tobytes() + values.tobytes() + expected.tobytes())
        arguments += [where / package.shared_object, events]
    include = build(SMALL, PackageKind.CMSSW)[1] / "include"
    program = folder / "cms_host"
    shell("g++", "-std=c++17", "-O1", f"-I{include}", HOSTS / "cms_host.cpp", "-ldl", "-pthread", "-o", program)
    return [program, *arguments]


@pytest.mark.parametrize("mode", ["global", "local"])
@pytest.mark.parametrize("order", ["forward", "backward"])
def test_cmssw_models_and_versions_side_by_side_on_8_threads(host: list[object], mode: str, order: str) -> None:
    program, *libraries = host
    assert shell(program, mode, 8, order, *libraries) == "0 mismatches\n"


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_valgrind_finds_nothing(host: list[object], build: Build) -> None:
    program, *libraries = host
    valgrind = ("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all", "--error-exitcode=9")
    assert shell(*valgrind, program, "global", 2, "backward", *libraries) == "0 mismatches\n"
    _, folder = build(SEVERAL, PackageKind.C)
    shell("make", "check", cwd=folder)
    assert shell(*valgrind, folder / "build" / "check") == "200 events, 0 mismatches\n"


def test_what_a_cmssw_model_says_of_errors(host: list[object]) -> None:
    program, *libraries = host
    accepted = "double, float or int64_t (mantissas)"
    assert shell(program, "local", 0, "forward", *libraries).splitlines() == [
        "small_v1: predict was called before prepare_input",
        "small_v1: read_result was called before predict",
        f"small_v1: input 'x' comes as a pointer to {accepted}",
        "small_v1: input 'x': event 0, element [0] is nan; remove such events or export the model with nan_policy ZERO",
        "small_v1: input 'x': event 0, element [0] has mantissa 1099511627776, which its type cannot hold; "
        "encode host values",
        f"small_v1: output 'y' goes to a pointer to {accepted}",
    ]


def test_arrays_of_ap_fixed(tmp_path: Path) -> None:
    hls4ml = pytest.importorskip("importlib.util").find_spec("hls4ml")
    if hls4ml is None:
        pytest.skip("needs the ap_fixed headers that hls4ml ships")
    types = Path(hls4ml.origin).parent / "templates" / "vivado" / "ap_types"
    write(to_package(SMALL, PackageKind.CMSSW), tmp_path)
    shell("make", "-j2", "CXXFLAGS=-O0", f"AP_TYPES={types}", "check", cwd=tmp_path)
    flags = ("-std=c++17", "-w", f"-I{types}", f"-I{tmp_path / 'include'}")
    library = tmp_path / "small_v1.so"
    shell("g++", *flags, HOSTS / "ap_host.cpp", library, f"-Wl,-rpath,{tmp_path}", "-o", tmp_path / "host")
    values = np.array([[-8, 3.25], [7.5, -0.25], [1.5, 2]])
    due = run(SMALL, {"x": SMALL.inputs[0].encode(values)}).values(SMALL)["y"].reshape(-1)
    assert shell(tmp_path / "host") == "".join(f"{value:g} {value:g}\n" for value in due.tolist())
