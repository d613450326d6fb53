"""Triplicated registers: what they cost, and what single bit flips do with and without them.

``map [MODEL...]`` maps models with and without; ``inject [CAMPAIGN...]`` runs the campaigns of ``CAMPAIGNS``, 10,000
flips each in stated proportions, and keeps each whole under ``results/faults/``; ``write`` fills the tables of
``docs/redundancy.md`` and draws its picture. Usage: ``python benchmarks/faults.py inject jet_tagger``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

import numpy as np

from benchmarks.harness import BENCHMARKS, Measurement, cache_at, fill, newest, record
from trigforge.building import Builder, Quantization, dense, quantize, relu
from trigforge.design import DesignPoint, Redundancy, RtlDesign
from trigforge.faults import Campaign, Kind, from_json, read_shares, to_json
from trigforge.faults.plot import save_plot
from trigforge.fixed import FixedArray
from trigforge.flow.commands import prepared
from trigforge.flow.figures import CountedTiming, implementation
from trigforge.flow.injecting import EVENTS, Asked, inject_faults
from trigforge.flow.mapping import map_and_time
from trigforge.flow.observer import Silent
from trigforge.flow.preparing import read_source
from trigforge.flow.workspace import resolve
from trigforge.graph import FixedPointGraph, HostEvents
from trigforge.menu.wording import percent
from trigforge.passes import optimize
from trigforge.project import Shell, write
from trigforge.reports import Figure
from trigforge.resources.parts import FpgaResource
from trigforge.rtl import to_project
from trigforge.toolchain import verilator, yosys

FLIPS = 10_000
MAPPED = ("jet_tagger", "muon_tracker")
SHARES = {
    Redundancy.NONE: "data=0.8,control=0.2",
    Redundancy.TRIPLICATED: "data=0.5,control=0.2,voters=0.3",
}
FOLDED_SHARES = {
    Redundancy.NONE: "data=0.5,accumulators=0.2,control=0.3",
    Redundancy.TRIPLICATED: "data=0.3,accumulators=0.2,control=0.2,voters=0.3",
}
WEIGHT_SHARES = {
    Redundancy.NONE: "data=0.4,weights=0.4,control=0.2",
    Redundancy.TRIPLICATED: "data=0.25,weights=0.25,control=0.2,voters=0.3",
}
RELOADABLE_SHARES = {
    Redundancy.NONE: "data=0.3,control=0.1,weights=0.25,image=0.1,loading=0.2,fifo=0.05",
    Redundancy.TRIPLICATED: "data=0.2,control=0.1,weights=0.2,image=0.1,loading=0.15,fifo=0.05,voters=0.2",
}
RESULTS = BENCHMARKS / "results" / "faults.jsonl"
KEPT = BENCHMARKS / "results" / "faults"
PAGE = BENCHMARKS.parent / "docs" / "redundancy.md"
PICTURE = PAGE.with_suffix(".svg")


@dataclass(frozen=True)
class Subject:
    """A model or network, its initiation interval, the stated proportions with and without redundancy, its shell."""

    title: str
    model: str | None
    interval: int
    shares: dict[Redundancy, str]
    shell: Shell = Shell.VALID


CAMPAIGNS = {
    "jet_tagger": Subject("jet_tagger", "jet_tagger", 1, SHARES),
    "jet_tagger_folded": Subject("jet_tagger, an event every 4 cycles", "jet_tagger", 4, FOLDED_SHARES),
    "weights": Subject("dense 8-16-4, weights held beside the core", None, 1, WEIGHT_SHARES),
    "reloadable": Subject("dense 8-16-4 in reloadable", None, 1, RELOADABLE_SHARES, Shell.RELOADABLE),
}


def reloaded() -> FixedPointGraph:
    """8-16-4, whose first layer has weights of 6 bits that are register inputs."""
    rng = np.random.default_rng(1)
    build = Builder("reloaded")
    x = build.input("x", (8,), "ap_fixed<6,3>")
    weights = build.register("w", (8, 16), "ap_fixed<6,2>")
    with build.layer("dense_1", kind="Dense"):
        x = quantize(relu(dense(x, weights)), Quantization.of("ap_ufixed<6,3>", "RND", "SAT"))
    with build.layer("dense_2", kind="Dense"):
        x = dense(x, FixedArray.of(rng.integers(-15, 16, (16, 4)), -4))
    return optimize(build.graph([x]))


def _given(subject: Subject) -> tuple[FixedPointGraph, HostEvents | None]:
    """The graph of a subject, and the events of its model folder."""
    if subject.model is None:
        return reloaded(), None
    found = prepared(subject.model, None, None, Silent(), EVENTS)
    return found.graph, found.events


def mapped(name: str) -> list[Measurement]:
    """LUT and FF as mapped, bits of adders before, period and latency of a model, with and without."""
    graph, out = read_source(resolve(name)), list[Measurement]()
    for redundancy in Redundancy:
        design = DesignPoint(rtl=RtlDesign(redundancy=redundancy))
        project = to_project(graph, design)
        with tempfile.TemporaryDirectory() as folder:
            stages = map_and_time(write(project, Path(folder) / "rtl"), design, Silent())
        timing = CountedTiming(project.latency_cycles, project.initiation_interval)
        built = implementation(graph, design, project, timing, stages)
        subject = f"{name} mapped {redundancy}"
        figures = {"LUT": built.mapped[FpgaResource.LUT], "FF": built.mapped[FpgaResource.FF]}
        figures |= {"LUT, placed": built.placed[FpgaResource.LUT], "period": built.latency.clock_period_ns}
        for what, figure in figures.items():
            assert isinstance(figure, Figure), figure
            out.append(Measurement(f"{subject}, {what}", figure.value, figure.unit))
        out.append(Measurement(f"{subject}, adder bits", project.adder_bits, "bits"))
        out.append(Measurement(f"{subject}, latency", project.latency_cycles, "cycles"))
    return out


def injected(name: str) -> list[Measurement]:
    """Both campaigns on a subject."""
    subject, out = CAMPAIGNS[name], list[Measurement]()
    graph, events = _given(subject)
    KEPT.mkdir(parents=True, exist_ok=True)
    for redundancy, shares in subject.shares.items():
        design = DesignPoint(rtl=RtlDesign(initiation_interval=subject.interval, redundancy=redundancy))
        with tempfile.TemporaryDirectory() as folder, cache_at(Path(folder) / "cache"):
            written = write(to_project(graph, design), Path(folder) / "rtl")
            start = time.perf_counter()
            verilator.compile_rtl_upsets(written, subject.shell)
            compiled = time.perf_counter()
            asked = Asked(FLIPS, seed=1, shares=read_shares(shares), shell=subject.shell)
            campaign = inject_faults(graph, design, events, Path(folder) / "faults", asked=asked)
            done = time.perf_counter()
        (KEPT / f"{name}_{redundancy.lower()}.json").write_text(to_json(campaign), encoding="utf-8")
        title = f"{name} {redundancy}"
        out += [
            Measurement(f"{title}, compiling", compiled - start, "s"),
            Measurement(f"{title}, injecting", done - compiled, "s"),
            Measurement(f"{title}, flips", campaign.counts.flips, "flips"),
            Measurement(f"{title}, wrong", campaign.counts.wrong, "flips"),
            Measurement(f"{title}, wrong outside of voters", _outside(campaign), "flips"),
        ]
    return out


def _outside(campaign: Campaign) -> int:
    return sum(counts.wrong for kind, (_, counts) in campaign.kinds.items() if kind is not Kind.VOTERS)


def campaigns() -> dict[tuple[str, Redundancy], Campaign]:
    """Those that are kept."""
    found = {(name, kind): KEPT / f"{name}_{kind.lower()}.json" for name in CAMPAIGNS for kind in Redundancy}
    return {key: from_json(path.read_text(encoding="utf-8"), path.name) for key, path in found.items()}


def flips_table() -> str:
    """A row a design and kind of place."""
    rows = ["| design | registers | place | bits | flips | masked | corrected | latent | wrong | of flips |"]
    rows.append("|---|---|---|---|---|---|---|---|---|---|")
    for (name, redundancy), campaign in campaigns().items():
        first = True
        for kind, (bits, counts) in campaign.kinds.items():
            cells = (bits, counts.flips, counts.masked, counts.corrected, counts.latent, counts.wrong)
            told = (CAMPAIGNS[name].title, redundancy.lower()) if first else ("", "")
            numbers = " | ".join(f"{number:,}" for number in cells)
            share = percent(counts.share("wrong")) if counts.flips else "-"
            rows.append(f"| {' | '.join(told)} | {kind} | {numbers} | {share} |")
            first = False
    return "\n".join(rows)


def points_line() -> str:
    """A sentence on the flips that came out wrong under triplication, and where they are listed."""
    thrice = [entry for (_, kind), entry in campaigns().items() if kind is not Redundancy.NONE]
    flips, outside = sum(entry.counts.flips for entry in thrice), sum(map(_outside, thrice))
    wrong = sum(entry.kinds[Kind.VOTERS][1].wrong for entry in thrice)
    hit = sum(len(entry.single_points) for entry in thrice)
    return (
        f"Of {flips:,} flips in designs with triplicated registers {outside} came out wrong outside of voters. "
        f"{wrong:,} glitches of voters did, at {hit:,} bits, each listed by name under `single_points` of "
        "[`benchmarks/results/faults/*_triplicated.json`](../benchmarks/results/faults)."
    )


def cost_table() -> str:
    """A row a model, with and without."""
    rows = ["| model | registers | FF | LUT | LUT, placed (estimated) | period [ns] | latency [cycles] |"]
    rows.append("|---|---|---|---|---|---|---|")
    for subject, (_, values) in newest(RESULTS).items():
        name, _, redundancy = subject.partition(" mapped ")
        if redundancy:
            cells = [f"{values[what]:,.0f}" for what in ("FF", "LUT", "LUT, placed")]
            period = f"{values['period']:.2f}"
            rows.append(f"| {name} | {redundancy.lower()} | {' | '.join(cells)} | {period} | {values['latency']:.0f} |")
    return "\n".join(rows)


def time_line() -> str:
    """A sentence on how long a campaign takes."""
    values = {subject: own for subject, (_, own) in newest(RESULTS).items() if "injecting" in own}
    once, thrice = (values[f"jet_tagger {kind}"] for kind in Redundancy)
    return (
        f"On one busy core the campaign on `jet_tagger` takes {once['injecting']:.0f} seconds without and "
        f"{thrice['injecting']:.0f} with triplicated registers, after {once['compiling'] / 60:.1f} and "
        f"{thrice['compiling'] / 60:.1f} minutes of compiling, once a design."
    )


def main(arguments: Sequence[str]) -> None:
    verb = (arguments or ["inject"])[0]
    if verb == "map":
        for name in arguments[1:] or MAPPED:
            record("faults", mapped(name), {"yosys": yosys.version()})
    elif verb == "inject":
        for name in arguments[1:] or CAMPAIGNS:
            record("faults", injected(name), {"verilator": verilator.version()})
    elif verb == "write":
        blocks = {"flips": flips_table(), "points": points_line(), "cost": cost_table(), "time": time_line()}
        fill(PAGE, blocks)
        save_plot(campaigns()["jet_tagger", Redundancy.NONE], PICTURE)
    else:
        sys.exit(f"{verb!r} is unknown; known are map, inject, write")


if __name__ == "__main__":
    main(sys.argv[1:])
