"""C synthesis by fake vendor tools that check their arguments: each way to find them, to succeed and to fail."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from trigforge.design import Backend
from trigforge.errors import ReportFormatError, ToolFailedError, ToolMissingError
from trigforge.project import HlsProject, SimulationInterface, WrittenProject, write
from trigforge.reports import Figure, Provenance
from trigforge.resources.parts import FpgaResource
from trigforge.toolchain import vendor_process
from trigforge.toolchain.vitis_hls import HlsTool, csynth, find

MOCKS = Path(__file__).parent.parent / "mock_commands"
LOG_OF_SUCCESS = "INFO: [HLS 200-10] Analyzing design file 'firmware/jet_tagger.cpp' ..."


@pytest.fixture
def project(tmp_path: Path) -> WrittenProject[HlsProject]:
    """A project with the two files that csynth reads first."""
    files = {
        "firmware/jet_tagger.cpp": "void jet_tagger() {}\n",
        "project.tcl": 'variable project_name\nset project_name "jet_tagger"\nset backend "vitis"\n',
    }
    simulation = SimulationInterface((), (), "simulate", (), (), ())
    value = HlsProject("jet_tagger", files, frozenset(), "jet_tagger_v1", "jet_tagger", simulation)
    return write(value, tmp_path / "hls")


@pytest.fixture(autouse=True)
def no_vendor_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the fakes themselves call is on PATH, whatever is installed here."""
    tools = tmp_path / "system"
    tools.mkdir()
    for name in "sh dirname readlink grep sed mkdir head mv sleep".split():
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    for variable in ("XILINX_HLS", "TRIGFORGE_CSYNTH_TIMEOUT_S", "MOCK_HLS"):
        monkeypatch.delenv(variable, raising=False)


def on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *names: str) -> Path:
    """A folder that holds only the fakes ``names``, first on PATH."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(MOCKS / "bin" / name)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


FAKE = HlsTool("vitis_hls", MOCKS / "bin" / "vitis_hls")


@pytest.mark.parametrize(
    ("backend", "names", "chosen"),
    [
        (Backend.VITIS, ("vitis_hls", "vitis-run", "vivado_hls"), "vitis_hls"),
        (Backend.VITIS, ("vitis-run",), "vitis-run"),
        (Backend.VIVADO, ("vitis_hls", "vivado_hls"), "vivado_hls"),
    ],
)
def test_found_on_path(
    backend: Backend, names: tuple[str, ...], chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = on_path(monkeypatch, tmp_path, *names)
    assert find(backend) == HlsTool(chosen, folder / chosen)


def test_the_installation_comes_before_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(monkeypatch, tmp_path, "vitis_hls", "vivado_hls")
    monkeypatch.setenv("XILINX_HLS", str(MOCKS))
    assert find(Backend.VITIS) == HlsTool("vitis_hls", MOCKS / "bin" / "vitis_hls")


def test_path_serves_what_the_installation_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """settings64.sh of Vitis sets XILINX_HLS, and Vivado HLS may stand on PATH beside it."""
    folder = on_path(monkeypatch, tmp_path, "vivado_hls")
    monkeypatch.setenv("XILINX_HLS", str(tmp_path))
    assert find(Backend.VIVADO) == HlsTool("vivado_hls", folder / "vivado_hls")


@pytest.mark.parametrize(
    ("backend", "installation", "message"),
    [
        (
            Backend.VITIS,
            None,
            "Vitis HLS is missing: vitis_hls or vitis-run is not on PATH and XILINX_HLS is not set; "
            "point XILINX_HLS to its installation to learn latency, initiation interval and resources; "
            "all else, verification too, works without",
        ),
        (
            Backend.VIVADO,
            "elsewhere",
            "Vivado HLS is missing: vivado_hls is not on PATH and not below XILINX_HLS=elsewhere; "
            "point XILINX_HLS to its installation to learn latency, initiation interval and resources; "
            "all else, verification too, works without",
        ),
    ],
)
def test_missing(backend: Backend, installation: str | None, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if installation is not None:
        monkeypatch.setenv("XILINX_HLS", installation)
    with pytest.raises(ToolMissingError) as error:
        find(backend)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("backend", "name", "version", "cycles", "interval", "dsp"),
    [
        (Backend.VITIS, "vitis_hls", "2023.2", 19, 1, 212),
        (Backend.VITIS, "vitis-run", "2024.2", 19, 1, 212),
        (Backend.VIVADO, "vivado_hls", "2020.1", 23, 2, 1_043),
    ],
)
def test_success(
    backend: Backend,
    name: str,
    version: str,
    cycles: int,
    interval: int,
    dsp: int,
    project: WrittenProject[HlsProject],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_path(monkeypatch, tmp_path, name)
    done = csynth(find(backend), project)
    source = f"{name} {version}, jet_tagger_csynth.xml"
    assert done.tools == {name: version}
    assert done.report.top == "jet_tagger"
    assert done.latency.cycles == Figure(cycles, "cycles", Provenance.VENDOR, source)
    assert done.latency.initiation_interval == Figure(interval, "cycles", Provenance.VENDOR, source)
    assert done.latency.ns == Figure(5.0 * cycles, "ns", Provenance.VENDOR, source)
    assert done.resources[FpgaResource.DSP] == Figure(dsp, "DSP", Provenance.VENDOR, source)
    assert LOG_OF_SUCCESS in (project.directory / "csynth.log").read_text()


def test_failure_shows_the_end_of_the_log(project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_HLS", "failure")
    with pytest.raises(ToolFailedError) as error:
        csynth(FAKE, project)
    first, *lines = str(error.value).splitlines()
    assert first == "vitis_hls ended with status 1; its log hls/csynth.log ends with"
    assert lines[-3:] == [
        LOG_OF_SUCCESS,
        "ERROR: [HLS 207-3777] use of undeclared identifier 'nnet' (firmware/jet_tagger.cpp:31:5)",
        "ERROR: csynth.tcl: 2 errors in source code analysis.",
    ]


def test_success_without_report_does_not_take_the_one_before(
    project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    csynth(FAKE, project)
    monkeypatch.setenv("MOCK_HLS", "no_report")
    with pytest.raises(ToolFailedError) as error:
        csynth(FAKE, project)
    assert str(error.value).splitlines()[0] == (
        "vitis_hls ended well but left no report jet_tagger_prj/solution1/syn/report/jet_tagger_csynth.xml; "
        "its log hls/csynth.log ends with"
    )


def test_report_of_another_function(project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_HLS", "other_top")
    with pytest.raises(ReportFormatError) as error:
        csynth(FAKE, project)
    assert str(error.value) == ("jet_tagger_csynth.xml is about 'another'; the project's top function is 'jet_tagger'")


def test_report_that_was_cut_off(project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_HLS", "broken_report")
    with pytest.raises(ReportFormatError, match=r"^jet_tagger_csynth\.xml is not XML: .*; run csynth again$"):
        csynth(FAKE, project)


def alive(process: int) -> bool:
    """Whether a process still runs; one that ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_hung_tool_is_stopped_with_its_children(
    project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCK_HLS", "hang")
    monkeypatch.setattr(vendor_process, "SECONDS_BETWEEN_PROGRESS_LINES", 0.2)
    said: list[str] = []
    with pytest.raises(ToolFailedError) as error:
        csynth(FAKE, project, timeout_s=2.0, progress=said.append)
    assert str(error.value).splitlines()[0] == (
        "vitis_hls did not end within 2 s and was stopped; allow more with TRIGFORGE_CSYNTH_TIMEOUT_S (seconds), "
        "or lower the model's parallelism; its log hls/csynth.log ends with"
    )
    assert said[-1] == f"csynth 2 s: {LOG_OF_SUCCESS}"
    child = int((project.directory / "child.pid").read_text())
    for _ in range(50):
        if not alive(child):
            break
        time.sleep(0.1)
    assert not alive(child)


def test_an_interrupt_stops_the_tool(project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_HLS", "hang")
    monkeypatch.setattr(vendor_process, "SECONDS_BETWEEN_PROGRESS_LINES", 0.2)

    def interrupt(_: str) -> None:
        if (project.directory / "child.pid").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        csynth(FAKE, project, progress=interrupt)
    child = int((project.directory / "child.pid").read_text())
    for _ in range(50):
        if not alive(child):
            break
        time.sleep(0.1)
    assert not alive(child)


def test_the_timeout_variable(project: WrittenProject[HlsProject], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_HLS", "hang")
    monkeypatch.setenv("TRIGFORGE_CSYNTH_TIMEOUT_S", "0.5")
    with pytest.raises(ToolFailedError, match=r"^vitis_hls did not end within 1 s and was stopped; "):
        csynth(FAKE, project)
    monkeypatch.setenv("TRIGFORGE_CSYNTH_TIMEOUT_S", "two hours")
    with pytest.raises(ToolFailedError) as error:
        csynth(FAKE, project)
    assert str(error.value) == ("TRIGFORGE_CSYNTH_TIMEOUT_S=two hours is no number of seconds; unset it for four hours")


def test_a_tool_that_cannot_be_started(project: WrittenProject[HlsProject], tmp_path: Path) -> None:
    broken = tmp_path / "vitis_hls"
    broken.write_text("#!/nowhere/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(ToolFailedError) as error:
        csynth(HlsTool("vitis_hls", broken), project)
    assert str(error.value) == f"cannot start {broken}: No such file or directory; check the installation"


def test_wrong_arguments_are_refused_by_the_fakes(project: WrittenProject[HlsProject], tmp_path: Path) -> None:
    """The fakes do check: a project without its source is refused as the tool would."""
    (project.directory / "firmware" / "jet_tagger.cpp").unlink()
    with pytest.raises(ToolFailedError) as error:
        csynth(FAKE, project)
    assert str(error.value) == (
        "vitis_hls ended with status 64; its log hls/csynth.log ends with\nvitis_hls: no firmware/jet_tagger.cpp"
    )
