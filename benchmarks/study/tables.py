"""Tables that the pages of several studies have: networks as built, and their agreement."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.study.networks import Network
from benchmarks.study.results import Study

BUILT = ("LUT", "FF", "DSP", "clocks", "II", "latency at the design's clock", "period, estimated")
"""heads of ``built_cells``"""
_COUNTED = ("LUT, mapped", "FF, mapped", "DSP", "cycles", "initiation interval")
_PERIOD = "clock period (estimated)"


def built_cells(built: Mapping[str, float]) -> list[str]:
    """The cells of a network that was mapped, a dash each of one that was not."""
    if not built:
        return ["-"] * len(BUILT)
    return [
        *(f"{built[name]:,.0f}" for name in _COUNTED),
        f"{built['cycles'] * built['clock period']:.0f} ns",
        f"{built[_PERIOD]:.2f} ({built[f'{_PERIOD}, low']:.2f} to {built[f'{_PERIOD}, high']:.2f}) ns",
    ]


def agreement(found: Study, title: Callable[[Network], str], more: Mapping[str, str] | None = None) -> str:
    """Events and mismatches of every network that was compared; ``more`` are other simulators by their heads."""
    heads = {"mismatches: emulator": "native emulator", "C simulation": "csim", "RTL": "RTL", **(more or {})}
    rows = [f"| network | {found.definition['events']} | {' | '.join(heads)} |", "|---|--:|" + "--:|" * len(heads)]
    for network in found.networks:
        figures = found.figures(network.key)
        if "compared" in figures:
            wrong = (figures.get(f"{name}: mismatches") for name in heads.values())
            cells = ("-" if count is None else f"{count:,.0f}" for count in wrong)
            rows.append(f"| {title(network)} | {figures['compared']:,.0f} | {' | '.join(cells)} |")
    return "\n".join(rows)
