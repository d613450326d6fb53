"""``docs/results/jets.md``: its tables, written between marks from results alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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
    }


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
    for network in found.of(Kind.SHIPPED, Kind.FRONT):
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
    for network in found.of(Kind.SHIPPED, Kind.FRONT):
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
