"""A scan that is killed in the middle, and goes on: points, runs of Yosys, and stages that were mapped twice (none).

Twelve designs of the muon tracker and of the three points of its front (``models/muon_tracker/scan.toml``), in two
processes, from an empty cache. Usage: ``python benchmarks/scan.py [ARGUMENTS OF trigforge scan]`` for another grid, as
``small.json --vary rtl.stage_delay_ns=1,2 --jobs 2``; that is not recorded. ``write`` fills ``docs/scan.md`` from what
is recorded.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the log of Yosys' runs is that of the tests

from benchmarks.harness import BENCHMARKS, Measurement, fill, newest, record
from tests.flow.scan_support import YosysLog, started
from trigforge.scan import from_json
from trigforge.toolchain import yosys

MUONS = ("muon_tracker", "--jobs", "2")
KILLED_AT = 6
"""points that are finished when it is killed"""
RESULTS = BENCHMARKS / "results" / "scan.jsonl"
PAGE = BENCHMARKS.parent / "docs" / "scan.md"


def sentence() -> str:
    """The last recorded run, in words."""
    found = {name: values[""] for name, (_, values) in newest(RESULTS).items()}
    minutes = (found["seconds until then"] + found["seconds after"]) / 60
    return (
        f"{found['points']:,.0f} points in {minutes:.0f} minutes beside other work, killed after "
        f"{found['points when it was killed']:,.0f} of them: "
        f"{found['stages']:,.0f} stages, of which {found['stages when it was killed']:,.0f} were mapped before and "
        f"{found['runs of Yosys after']:,.0f} after, {found['stages mapped twice']:,.0f} twice."
    )


def main(*arguments: str) -> None:
    if arguments == ("write",):
        fill(PAGE, {"killed": sentence()})
        return
    with tempfile.TemporaryDirectory(prefix="trigforge_bench_") as place:
        folder = Path(place)
        log, out = YosysLog(folder), folder / "scan"
        asked = [*(arguments or MUONS), "--out", str(out)]
        begun = time.monotonic()
        first = started(log, *asked)
        while first.poll() is None and _points(out) < KILLED_AT:
            time.sleep(0.2)
        killed_at, early = time.monotonic() - begun, _points(out)
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        while log.processes():
            time.sleep(0.1)
        kept, runs = log.pieces(), len(log.runs("begin"))
        begun = time.monotonic()
        table, errors = started(log, *asked).communicate()
        print(errors, table, sep="\n")
        found = from_json((out / "scan.json").read_text(encoding="utf-8"))
        again = Counter(log.runs("begin")[runs:])
        measured = [
            Measurement("points", len(found.points), "points"),
            Measurement("points without figures", len(found.refused), "points"),
            Measurement("points when it was killed", early, "points"),
            Measurement("seconds until then", killed_at, "s"),
            Measurement("seconds after", time.monotonic() - begun, "s"),
            Measurement("stages", len(log.pieces()), "stages"),
            Measurement("stages when it was killed", len(kept), "stages"),
            Measurement("runs of Yosys after", sum(again.values()), "runs"),
            Measurement("stages mapped twice", sum(again.values()) - len(log.pieces() - kept), "stages"),
        ]
    if arguments:
        print(*(f"{entry.name}: {entry.value:,.4g} {entry.unit}" for entry in measured), sep="\n")
    else:
        record("scan", measured, tools={"yosys": yosys.version()})
        fill(PAGE, {"killed": sentence()})


def _points(out: Path) -> int:
    return len(list((out / "points").glob("*.json")))


if __name__ == "__main__":
    main(*sys.argv[1:])
