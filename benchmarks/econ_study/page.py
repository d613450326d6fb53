"""``docs/results/econ.md``: its tables, written between marks from results alone."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.econ_study.building import CROSSING_NS, POINTS
from benchmarks.econ_study.pictures import FOLDER
from benchmarks.econ_study.quality import BASELINES, PILEUPS
from benchmarks.econ_study.results import Found
from benchmarks.econ_study.sets import SETS
from benchmarks.harness import fill
from models import econ

SIMULATORS = {"native emulator": "native emulator", "csim": "C simulation", "RTL": "Verilog"}
LATENCY_NS, LATENCY_CLOCK_NS = 50.0, 25.0


def write(page: Path = FOLDER / "econ.md") -> None:
    """Replace all tables of the page."""
    fill(page, blocks(Found.load()))


def blocks(found: Found) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    return {
        "origin": _origin(found),
        "training": _training(),
        "distances": _distances(found),
        "pileup": _pileup(found),
        "regions": _regions(found),
        "points": _points(found),
        "agreement": _agreement(found),
        "requirements": _requirements(found),
    }


def _origin(found: Found) -> str:
    (run,) = found.distances.runs
    return (
        f"{found.distances.values['all: modules']:,.0f} modules at each pile-up, simulated for this page alone; "
        f"measured on {run['time'][:10]}, commit {run['commit']}. The encoder's answers are those of the firmware, "
        "to the bit."
    )


def _training() -> str:
    """Each weight set for the whole detector and its twin in floating point, as their trainings ended."""
    rows = ["| weight set | bits | in floating point | quantized | epochs |", "|---|---|---|---|---|"]
    for weights in SETS:
        if weights.region is None:
            metrics = json.loads(weights.checkpoint.with_name("metrics.json").read_text(encoding="utf-8"))
            networks = [metrics[name] for name in ("float", "quantized")]
            reached = " | ".join(f"{network['distance']['test']:.3f} cm" for network in networks)
            epochs = " + ".join(str(network["epochs"]) for network in networks)
            rows.append(f"| {weights.label} | {weights.bits} | {reached} | {epochs} |")
    return "\n".join(rows)


def _distances(found: Found) -> str:
    rows = [
        "| bits of a module | links | network | " + " | ".join(BASELINES) + " |",
        "|---" * (3 + len(BASELINES)) + "|",
    ]
    for bits, links in econ.LINKS.items():
        own = [found.distance_cm(key, "pile-up 140") for key in found.subjects(bits).values()]
        cells = [f"**{value:.3f}**" if value == min(own) else f"{value:.3f}" for value in own]
        rows.append(f"| {econ.NUMBERS} x {bits} = {econ.NUMBERS * bits} | {links} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _pileup(found: Found) -> str:
    rows = ["| bits of a module | " + " | ".join(f"pile-up {n}: network | best choice" for n in PILEUPS) + " |"]
    rows.append("|---" * (1 + 2 * len(PILEUPS)) + "|")
    for bits in econ.LINKS:
        subjects = found.subjects(bits)
        pairs = [
            found.distance_cm(subjects[name], f"pile-up {n}") for n in PILEUPS for name in ("network", "best choice")
        ]
        rows.append(f"| {econ.NUMBERS * bits} | {' | '.join(f'{value:.3f}' for value in pairs)} |")
    return "\n".join(rows)


def _regions(found: Found) -> str:
    rows = ["| region | layers | one set for all | its own set | telescope loss, for all |", "|---|---|---|---|---|"]
    for region, (first, last) in econ.REGIONS.items():
        own = [found.distance_cm(name, region) for name in ("bits_5", f"{region}_5", "telescope_5")]
        rows.append(f"| {region} | {first} to {last} | {' | '.join(f'{value:.3f}' for value in own)} |")
    return "\n".join(rows)


def _points(found: Found) -> str:
    rows = [
        "| encoder | clock | modules a core | latency | LUT | LUT a module | FF | DSP | period (estimated) |",
        "|---" * 9 + "|",
    ]
    for point in POINTS:
        own = found.mapped.of(point.key)
        if not own:
            continue
        clock = point.design.target.clock_period_ns
        cycles = own["cycles"]
        lut = own["LUT, mapped"]
        rows.append(
            f"| {point.label} | {1e3 / clock:.0f} MHz | {point.modules} | {cycles:.0f} cycles, {cycles * clock:.4g} ns "
            f"| {lut:,.0f} | {lut / point.modules:,.0f} | {own['FF, mapped']:,.0f} | {own['DSP']:,.0f} | "
            f"{own['clock period (estimated)']:.2f} ns |"
        )
    return "\n".join(rows)


def _agreement(found: Found) -> str:
    rows = ["| encoder | weight sets | simulator | modules | mismatches |", "|---|---|---|---|---|"]
    for point in POINTS:
        own = found.agreed.of(point.key)
        for key, label in SIMULATORS.items():
            if f"{key}: modules" in own:
                counts = f"{own[f'{key}: modules']:,.0f} | {own[f'{key}: mismatches']:,.0f}"
                rows.append(f"| {point.label} | {own['weight sets']:.0f} | {label} | {counts} |")
    if streamed := found.agreed.of("reloading"):
        rows += [
            "",
            f"Weight sets were loaded into the Verilog {streamed['reloads in mid-stream']:,.0f} times over AXI4-Lite "
            f"while {streamed['modules']:,.0f} modules streamed through it, with pauses on both sides: "
            f"{streamed['torn modules']:,.0f} answers are of no weight set, or of one out of its order.",
        ]
    return "\n".join(rows)


def _requirements(found: Found) -> str:
    """What was to be shown, beside what was found."""
    rows = ["| required | found | holds |", "|---|---|---|"]
    for point in POINTS:
        own, clock = found.mapped.of(point.key), point.design.target.clock_period_ns
        if point.key.startswith("constant") and own:
            latency = own["cycles"] * clock
            told = f"{latency:.4g} ns, a module every {own['initiation interval'] * clock:.4g} ns"
            holds = latency <= LATENCY_NS and clock <= LATENCY_CLOCK_NS and own["initiation interval"] == 1
            rows.append(f"| {point.label}: at most {LATENCY_NS:g} ns, a module every cycle | {told} | {_word(holds)} |")
        if point.key == "turns" and own:
            met = own["clock period (estimated)"] <= clock
            period = own["clock period (estimated)"]
            told = (
                f"a module every {clock:g} ns; period {period:.2f} ns (estimated), at which {CROSSING_NS // period:.0f}"
            )
            told += " modules take turns"
            rows.append(f"| {point.label} at {8e3 / CROSSING_NS:.0f} MHz | {told} | {_word(met)} |")
    for name in BASELINES:
        found_at = [
            f"{econ.NUMBERS * bits}"
            for bits in econ.LINKS
            if found.distance_cm(found.subjects(bits)["network"], "pile-up 140")
            < found.distance_cm(found.subjects(bits)[name], "pile-up 140")
        ]
        told = f"at {', '.join(found_at) or 'none'} of {', '.join(str(econ.NUMBERS * n) for n in econ.LINKS)} bits"
        holds = len(found_at) == len(econ.LINKS)
        rows.append(f"| less distance than {name} at every size, pile-up 140 | {told} | {_word(holds)} |")
    return "\n".join(rows)


def _word(holds: bool) -> str:
    return "yes" if holds else "**no**"
