"""Scan files and grids: every list is an axis, every design is read as a design file, all faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigforge.design import Arrival, Budget, DesignPoint, Fpga, InputDesign, LayerDesign, Multipliers, RtlDesign
from trigforge.errors import DesignError
from trigforge.scan import Axis, designs, merged, parse_axis, read_scan

FILE = """
rtl.stage_delay_ns = [2, 3.5]
[scan]
networks = ["a.keras", "front/*.keras"]
design = "design.toml"
[target]
clock_period_ns = [2.5, 5.0]
part = "xcvu9p-flga2104-2l-e"
[layers.fc1]
reuse_factor = [1, 2]
[budget]
lut = 1000
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scan.toml"
    path.write_text(text)
    return path


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(DesignError) as caught:
        read_scan(write(tmp_path, text))
    return str(caught.value).replace(str(tmp_path), ".")


def test_a_scan_file(tmp_path: Path) -> None:
    found = read_scan(write(tmp_path, FILE))
    assert (found.folder, found.networks, found.design) == (
        tmp_path,
        ("a.keras", "front/*.keras"),
        tmp_path / "design.toml",
    )
    assert found.axes == (
        Axis(("rtl", "stage_delay_ns"), (2, 3.5)),
        Axis(("target", "clock_period_ns"), (2.5, 5.0)),
        Axis(("layers", "fc1", "reuse_factor"), (1, 2)),
    )
    assert found.tables["target"] == {"part": "xcvu9p-flga2104-2l-e"} and found.tables["budget"] == {"lut": 1000}


def test_the_designs_of_a_grid(tmp_path: Path) -> None:
    file = read_scan(write(tmp_path, FILE))
    base = {"rtl": {"multipliers": "DSP", "stage_delay_ns": 9}, "target": {"part": "unknown"}}
    found = designs(merged(base, file.tables), file.axes, "here")
    assert [entry.number for entry in found] == [*range(1, 9)]
    assert found[1].values == {"rtl.stage_delay_ns": 2, "target.clock_period_ns": 2.5, "layers.fc1.reuse_factor": 2}
    made = found[1].made
    assert not isinstance(made, str)
    assert made.point == DesignPoint(
        Fpga("xcvu9p-flga2104-2l-e", 2.5),
        rtl=RtlDesign(2.0, Multipliers.DSP),
        layers={"fc1": LayerDesign(reuse_factor=2)},
    )
    assert made.budget == Budget(resources=made.budget.resources if made.budget else {})


def test_the_arrival_of_inputs_can_vary() -> None:
    axes = (parse_axis("inputs.tracks.per_cycle=1,2"),)
    found = designs({"inputs": {"tracks": {"arrival": "serial"}}}, axes, "here")
    made = [entry.made.point.inputs["tracks"] for entry in found if not isinstance(entry.made, str)]
    assert made == [InputDesign(Arrival.SERIAL, rows) for rows in (1, 2)]


def test_one_refused_design_does_not_stop_others() -> None:
    axes = (Axis(("target", "clock_period_ns"), (0.1, 5)), Axis(("rtl", "stage_delay_ns"), (-1, 2)))
    found = designs({}, axes, "here")
    assert [isinstance(entry.made, str) for entry in found] == [True, True, True, False]
    assert found[0].made == (
        "[target] clock_period_ns = 0.1 is outside 0.5 to 1000 ns; "
        "[rtl] stage_delay_ns = -1.0 is no delay; give nanoseconds above 0"
    )
    assert found[2].made == "[rtl] stage_delay_ns = -1.0 is no delay; give nanoseconds above 0"


def test_what_all_designs_share_is_refused_at_once() -> None:
    with pytest.raises(DesignError) as caught:
        designs({}, (Axis(("rtl", "stage_delya_ns"), (1, 2)),), "scan file s.toml")
    assert str(caught.value).startswith(
        "scan file s.toml: [rtl] unknown key 'stage_delya_ns'; nearest are 'stage_delay_ns', 'share_neurons'"
    )
    with pytest.raises(DesignError, match=r"\[target\] part = 3 should be text"):
        designs({"target": {"part": 3}}, (Axis(("rtl", "stage_delay_ns"), (1, 2)),), "here")
    with pytest.raises(DesignError, match="rtl = 3 should be a table"):
        designs({"rtl": 3}, (Axis(("rtl", "stage_delay_ns"), (1, 2)),), "here")


def test_too_many_designs() -> None:
    many = Axis(("rtl", "stage_delay_ns"), tuple(range(1, 102)))
    clocks = Axis(("target", "clock_period_ns"), tuple(range(1, 101)))
    with pytest.raises(DesignError) as caught:
        designs({}, (many, clocks), "here")
    assert str(caught.value) == "here: the axes make 10,100 designs, at most 10,000 are scanned; vary less"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[hls]\nreuse_factor = [1, 2]", "hls.reuse_factor varies, but a scan maps the Verilog, which [hls] does not"),
        ("stage_delay_ns = [1, 2]", "stage_delay_ns cannot vary; write rtl.stage_delay_ns"),
        ("[board]\nclock = [1, 2]", "board.clock cannot vary; write a key of a design file, as in target.clock_period"),
        ("[rtl]\nstage_delay_ns = []", "rtl.stage_delay_ns has no values; give at least one"),
        ("[rtl]\nstage_delay_ns = [1, 1.0]", "rtl.stage_delay_ns has the value 1.0 twice; keep one"),
        ("[rtl]\nstage_delay_ns = [[1]]", "rtl.stage_delay_ns = [1] is no single value; give a list of numbers or"),
        ("[scan]\nnetworks = 3", 'networks = 3 should be a list of model files, as in ["front/*.keras"]'),
        ("[scan]\nnetworks = []", "networks = [] should be a list of model files"),
        ("[scan]\nnetwrks = ['a']", "unknown key 'netwrks'; nearest is 'networks'"),
        ("[scan]\ndesign = 3", "design = 3 should be text"),
        ("[scan", "is not TOML"),
    ],
)
def test_bad_scan_files(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


def test_all_faults_of_a_scan_file_at_once(tmp_path: Path) -> None:
    found = refusal(tmp_path, "[scan]\nnetworks = 3\n[rtl]\nstage_delay_ns = []\n[hls]\nbackend = ['VITIS']")
    assert found.startswith("scan file ./scan.toml has 3 faults:") and len(found.splitlines()) == 4


def test_a_missing_scan_file() -> None:
    with pytest.raises(DesignError) as caught:
        read_scan(Path("no.toml"))
    assert str(caught.value) == "scan file no.toml: No such file or directory; give the path of a TOML file"


def test_axes_of_the_command_line() -> None:
    assert parse_axis("target.clock_period_ns=2.5, 5") == Axis(("target", "clock_period_ns"), (2.5, 5))
    assert parse_axis("rtl.multipliers=LUT,DSP") == Axis(("rtl", "multipliers"), ("LUT", "DSP"))
    assert parse_axis("target.part='xcvu9p-flga2104-2l-e'").values == ("xcvu9p-flga2104-2l-e",)
    assert parse_axis("layers.fc1.reuse_factor=1,2").key == ("layers", "fc1", "reuse_factor")
    for text in ("rtl.stage_delay_ns", "=3", "rtl.=3"):
        with pytest.raises(
            DesignError, match=r"names no values; write KEY=A,B,..., as in target.clock_period_ns=2.5,5"
        ):
            parse_axis(text)
    with pytest.raises(DesignError, match=r"rtl.stage_delay_ns has no values"):
        parse_axis("rtl.stage_delay_ns=")
