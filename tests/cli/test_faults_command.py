"""``trigforge faults``: what it prints and leaves, the same with a seed, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_cli import invoke
from tests.rtl.graphs import STORED
from trigforge.faults import Kind, from_json
from trigforge.graph import save_graph


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_graph(STORED, tmp_path / "graph.json")
    (tmp_path / "design.toml").write_text('[rtl]\nredundancy = "triplicated"\nstage_delay_ns = 0.9\n')
    (tmp_path / "unknown.toml").write_text('[rtl]\nredundancy = "triple"\n')


def faults(*arguments: str) -> tuple[int, str, str]:
    return invoke("faults", "graph.json", "--flips", "200", *arguments)


def test_a_campaign_is_told_and_left(tmp_path: Path) -> None:
    code, out, _ = faults("--design", "design.toml", "--share", "data=0.5,control=0.1,voters=0.4")
    told = " ".join(out.split())
    assert code == 0
    assert "stored in its shell valid, redundancy triplicated: 0 of 200 flips came out wrong outside of voters" in told
    assert "shares: 0.5 data, 0.1 control, 0.4 voters; seed 0" in told
    assert "single points of failure were hit, bits of voters" in told and ".voter bit " in told
    folder = tmp_path / "build" / "stored" / "faults"
    assert {path.name for path in folder.iterdir()} >= {"faults.json", "faults.svg", "rtl"}
    campaign = from_json((folder / "faults.json").read_text())
    assert campaign.kinds[Kind.VOTERS][1].flips == 80 and campaign.model == "stored"


def test_redundancy_of_the_command_line_takes_the_place_of_the_file_s(tmp_path: Path) -> None:
    code, out, _ = faults("--design", "design.toml", "--redundancy", "none", "--out", "once", "--seed", "3")
    assert code == 0 and "redundancy none" in out and "single points" not in out
    first = (tmp_path / "once" / "faults.json").read_text()
    assert faults("--redundancy", "none", "--design", "design.toml", "--out", "again", "--seed", "3")[0] == 0
    assert (tmp_path / "again" / "faults.json").read_text() == first


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--share", "dat=1"), "share of 'dat': there is no such kind of place; nearest is 'data'"),
        (("--share", "data=0.5"), "the shares data=0.5 add up to 0.5; let them add up to 1"),
        (("--share", "weights=1"), "share of 'weights': this design has no such registers; it has data, control"),
        (("--flips", "0"), "flips = 0; a campaign makes at least 1"),
        (("--seed", "-1"), "seed = -1; give one from 0 on"),
        (("--design", "unknown.toml"), "redundancy = 'triple' is unknown; nearest is 'TRIPLICATED'"),
        (("--events", "none.npz"), "none.npz"),
    ],
)
def test_one_line_says_what_is_wrong(arguments: tuple[str, ...], told: str) -> None:
    code, out, error = faults(*arguments)
    assert code == 1 and told in error.splitlines()[-1]
    assert not out


def test_a_kind_of_redundancy_that_is_unknown_is_a_wrong_command_line() -> None:
    assert faults("--redundancy", "tmr")[0] == 2
