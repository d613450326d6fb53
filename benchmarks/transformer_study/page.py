"""``docs/results/transformers.md``: its tables, written between marks from results alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import fill
from benchmarks.study import requirements, tables
from benchmarks.study.networks import ROOT, Kind
from benchmarks.study.results import Study
from benchmarks.transformer_study.reusing import FACTORS

FOLDER = ROOT / "docs" / "results"
PAIRS = ("b against light", "b against c", "c against light")
"""as the recipes of flavour taggers name them"""
_REUSED = {f"C simulation, reuse {factor}": f"csim, reuse {factor}" for factor in FACTORS}


def write(found: Study, page: Path = FOLDER / "transformers.md") -> None:
    """Replace all tables of the page."""
    fill(page, blocks(found))


def blocks(found: Study) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    return {
        "requirements": requirements.table(found),
        "flavour": "\n".join(_flavour(found)),
        "size": "\n".join(_size(found)),
        "agreement": tables.agreement(found, lambda network: network.label, _REUSED),
    }


def _flavour(found: Study) -> Iterator[str]:
    yield (
        "| network | parameters | accuracy, float | quantized | "
        + " | ".join(f"AUC {name} | rejection at 70 %" for name in PAIRS)
        + " |"
    )
    yield "|---|--:|--:|--:|" + "--:|--:|" * len(PAIRS)
    for network in found.of(Kind.FRONT, Kind.SHIPPED):
        own = found.measured.of(network.key)
        if f"AUC {PAIRS[0]}" not in own:
            continue
        cells = [f"{own['parameters']:,.0f}", f"{own['accuracy, float']:.2f} %", f"{own['accuracy']:.2f} %"]
        for name in PAIRS:
            cells.append(f"{own[f'AUC {name}, float']:.3f} / {own[f'AUC {name}']:.3f}")
            cells.append(f"{own[f'rejection {name}, float']:.1f} / {own[f'rejection {name}']:.1f}")
        yield f"| {network.label} | {' | '.join(cells)} |"


def _size(found: Study) -> Iterator[str]:
    yield f"| network | EBOPs | {' | '.join(tables.BUILT)} |"
    yield "|---|--:|" + "--:|" * len(tables.BUILT)
    for network in found.of(Kind.FRONT, Kind.SHIPPED):
        own, built = found.measured.of(network.key), found.mapped.of(network.key)
        yield f"| {network.label} | {own['EBOPs']:,.0f} | {' | '.join(tables.built_cells(built))} |"
    for row in found.definition["published"]:
        cells = [row.get(name, "-") for name in ("lut", "ff", "dsp", "clocks", "interval", "latency")]
        yield f"| *{row['label']}*, {row['of']} | - | {' | '.join(map(str, cells))} | - |"
