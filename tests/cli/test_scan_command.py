"""``trigforge scan``: what it prints and writes, its exit codes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import trigforge.scan
from tests.cli.test_cli import invoke
from tests.flow.scan_support import write_networks

DELAYS = ("--vary", "rtl.stage_delay_ns=1,2", "--jobs", "1")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_networks(tmp_path, ("one",))


def test_table_records_and_picture() -> None:
    Path("budget.toml").write_text("[budget]\nlatency_cycles = 2\n")
    code, out, err = invoke("scan", "one.json", *DELAYS, "--budget", "budget.toml")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0] == "one: 2 designs of 1 network; 2 points, 1 on the Pareto front, 1 fit the budget"
    assert [line.split()[-1] for line in lines if line.split()[:1] in (["1"], ["*2"])] == ["latency_cycles", "fits"]
    assert lines[-1] == "all figures: build/scan/one/scan.json, picture: build/scan/one/scan.svg"
    assert Path("build/scan/one/scan.svg").is_file()
    schema = json.loads((Path(trigforge.scan.__file__).parent / "scan.schema.json").read_text())
    jsonschema.validate(json.loads(Path("build/scan/one/scan.json").read_text()), schema)
    assert "Map the designs" in err
    assert "Map the designs" not in invoke("scan", "one.json", *DELAYS)[2]


def test_a_refused_design_is_told_and_the_exit_code_tells() -> None:
    code, out, err = invoke("scan", "one.json", "--vary", "target.clock_period_ns=5,0.1", "--jobs", "1")
    assert (
        code == 1 and err.splitlines()[-1] == "trigforge: 1 of 2 points have no figures; the end of the table says why"
    )
    assert "refused design 2 (0.1) of one" in " ".join(out.split()) and "outside 0.5 to 1000 ns" in " ".join(
        out.split()
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["one.json", "--vary", "rtl.stage_delya_ns=1,2"],
            1,
            "unknown key 'stage_delya_ns'; nearest are 'stage_delay_ns', 'share_neurons'",
        ),
        (["one.json", "--vary", "hls.reuse_factor=1,2"], 1, "hls.reuse_factor varies, but a scan maps the Verilog"),
        (["one.json", "--vary", "3"], 1, "--vary '3' names no values; write KEY=A,B,..., as in target.clock_period_ns"),
        (["none.toml"], 1, "scan file none.toml: No such file or directory; give the path of a TOML file"),
        (["none.json", *DELAYS], 1, "model file none.json does not exist; check the path"),
        (["one.json", "--design", "none.toml", *DELAYS], 1, "design file none.toml: No such file or directory"),
        (["one.json", "--scheduler", "x", "--jobs", "2"], 2, "--scheduler and --jobs exclude each other"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_is_refused_in_one_line(arguments: list[str], code: int, message: str) -> None:
    found, _, err = invoke("scan", *arguments)
    assert (found, message in err) == (code, True), err
