"""``docs/results/jets.md``: its tables, written between marks from results alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev

from benchmarks.harness import fill
from benchmarks.study import requirements, tables
from benchmarks.study.networks import ROOT, Kind, Network
from benchmarks.study.results import Study

FOLDER = ROOT / "docs" / "results"
CLASSES = ("g", "q", "W", "Z", "t")
_WIDTH = re.compile(r"deepsets_16_(\d+)bit")


def write(found: Study, page: Path = FOLDER / "jets.md") -> None:
    """Replace all tables of the page."""
    fill(page, blocks(found))


def blocks(found: Study) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    return {
        "origin": _origin(found),
        "requirements": requirements.table(found),
        "accuracy": _accuracy(found),
        "size": "\n".join(_size(found)),
        "agreement": tables.agreement(found, _title),
        "widths": _widths(found),
        "fronts": "\n".join(_fronts(found)),
        "seeds": "\n".join(_seeds(found)),
    }


def _fronts(found: Study) -> Iterator[str]:
    """The networks of each front, the shipped one first, by what they cost."""
    yield "| network | EBOPs | accuracy | LUT | FF | clocks | latency at the design's clock |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for points in fronts(found).values():
        for number, network in enumerate(points):
            own = found.figures(network.key)
            cells = [f"{own['EBOPs']:,.0f}", f"{own['accuracy']:.2f} %"]
            cells += [f"{own[key]:,.0f}" for key in ("LUT, mapped", "FF, mapped", "cycles")]
            yield f"| {_title(network) if number == 0 else ''} | {' | '.join(cells)} | {own['latency']:.0f} ns |"


def fronts(found: Study) -> dict[str, list[Network]]:
    """For each shipped network with a front, itself and the points of it that are mapped, from large to small."""
    points = [network for network in found.of(Kind.FRONT) if found.mapped.of(network.key)]
    groups: dict[str, list[Network]] = {}
    for shipped in found.of(Kind.SHIPPED):
        own = [point for point in points if point.name.startswith(f"{shipped.name}_front")]
        if own:
            own.sort(key=lambda point: -found.measured.of(point.key)["EBOPs"])
            groups[shipped.name] = [shipped, *own]
    return groups


def _seeds(found: Study) -> Iterator[str]:
    """Networks that were trained from several seeds: the accuracy of each, their mean and their standard deviation."""
    yield "| network | quantized, by seed | mean | spread | in float, by seed |"
    yield "|---|---|--:|--:|---|"
    trained = found.of(Kind.RECIPE)
    for shipped in found.of(Kind.SHIPPED):
        seeds = [shipped, *(n for n in trained if re.fullmatch(rf"{shipped.name}_seed_\d+", n.name))]
        if len(seeds) > 1:
            own = [found.measured.of(network.key) for network in seeds]
            quantized, floating = ([figures[key] for figures in own] for key in ("accuracy", "accuracy, float"))
            rows = (", ".join(f"{value:.2f} %" for value in values) for values in (quantized, floating))
            spread = f"{mean(quantized):.2f} % | {stdev(quantized):.2f} %"
            yield f"| {_title(shipped)} | {next(rows)} | {spread} | {next(rows)} |"


def _widths(found: Study) -> str:
    """The networks that have one width for everything."""
    rows = ["| bits of weights and values | accuracy | LUT, mapped |", "|--:|--:|--:|"]
    for network in found.of(Kind.RECIPE):
        if bits := _WIDTH.fullmatch(network.name):
            own = found.figures(network.key)
            size = f"{own['LUT, mapped']:,.0f}" if "LUT, mapped" in own else "not mapped"
            rows.append(f"| {bits[1]} | {own['accuracy']:.2f} % | {size} |")
    return "\n".join(rows) if len(rows) > 2 else "None is here."


def _origin(found: Study) -> str:
    (run,) = found.measured.runs
    jets = max(value for name, value in found.measured.values.items() if name.endswith(": jets"))
    return (
        f"{jets:,.0f} test jets, simulated here and seen by no training; measured on {run['time'][:10]}, commit "
        f"{run['commit']}. Quantized answers are those of the native emulator, equal to the firmware's to the bit."
    )


def _accuracy(found: Study) -> str:
    heads = " | ".join(f"AUC {name}" for name in CLASSES)
    rows = [f"| network | accuracy, float | quantized | {heads} |", "|---|--:|--:|" + "--:|" * len(CLASSES)]
    for network in found.of(Kind.SHIPPED):
        own = found.measured.of(network.key)
        areas = (f"{own[f'AUC {name}, float']:.3f} / {own[f'AUC {name}']:.3f}" for name in CLASSES)
        cells = [f"{own['accuracy, float']:.2f} %", f"{own['accuracy']:.2f} %", *areas]
        rows.append(f"| {_title(network)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _title(network: Network) -> str:
    return (
        network.label.replace("jet_tagger_", "").replace("_", " ") if network.label == network.name else network.label
    )


def _size(found: Study) -> Iterator[str]:
    """Ours, then what is published."""
    yield f"| network | accuracy | EBOPs | {' | '.join(tables.BUILT)} |"
    yield "|---|--:|--:|" + "--:|" * len(tables.BUILT)
    for network in found.of(Kind.SHIPPED):
        own, built = found.measured.of(network.key), found.mapped.of(network.key)
        cells = [f"{own['accuracy']:.2f} %", f"{own['EBOPs']:,.0f}", *tables.built_cells(built)]
        yield f"| {_title(network)} | {' | '.join(cells)} |"
    for row in found.definition["published"]:
        interval, dsp = row.get("interval", "-"), row.get("dsp", "-")
        cells = [
            f"{row['accuracy']:.1f} %",
            "-",
            f"{row['lut']:,}",
            "-",
            dsp,
            "-",
            interval,
            f"{row['latency']} ns",
            "-",
        ]
        yield f"| *{row['label']}*, {row['of']} | {' | '.join(str(cell) for cell in cells)} |"
