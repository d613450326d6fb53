"""What the muon trackers must show, each with what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.muon_study.networks import CNN, PUBLISHED, STAGED, Kind, Network
from benchmarks.muon_study.quality import FIT, REJECTING
from benchmarks.muon_study.results import Results

SMALL_LUT, SMALL_MRAD = 15_000, 2.4
SIMULATORS = ("native emulator", "csim", "RTL")


@dataclass(frozen=True)
class Requirement:
    """``found`` is compared with ``limit``; None where it was not measured."""

    text: str
    found: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """In one word or two."""
        if self.found is None:
            return "not measured"
        return "yes" if (self.found >= self.limit if self.at_least else self.found <= self.limit) else "**no**"


def table(found: Sequence[Network], measured: Results, mapped: Results, agreed: Results) -> str:
    """In Markdown; without the staged network a sentence."""
    staged = next((network for network in found if network.name == STAGED), None)
    if staged is None:
        return "The staged network is not here."
    lines = ["| required | limit | found | holds |", "|---|---|---|---|"]
    for entry in (*_quality(found, staged, measured), *_size(found, staged, measured, mapped), *_bits(found, agreed)):
        value = "-" if entry.found is None else _number(entry.found, entry.unit)
        sign = "at least" if entry.at_least else "at most"
        lines.append(f"| {entry.text} | {sign} {_number(entry.limit, entry.unit)} | {value} | {entry.verdict} |")
    return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    match unit:
        case "mrad":
            return f"{value:.3f} mrad"
        case "%":
            return f"{value:.2f} %"
        case "ns":
            return f"{value:.4g} ns"
        case _:
            return f"{value:,.0f} {unit}".strip()


def _quality(found: Sequence[Network], staged: Network, measured: Results) -> Iterator[Requirement]:
    clean = measured.find(staged.key, "clean", "resolution")
    yield Requirement("staged network, clean", clean, 2.0, "mrad")
    yield Requirement("the same, kept within 30 mrad", measured.find(staged.key, "clean", "kept"), 99.0, "%", True)
    yield Requirement("the same, 1.05 x the fit", clean, 1.05 * measured.values[f"{FIT}: clean: resolution"], "mrad")
    for published in (network for network in found if network.name == PUBLISHED):
        limit = measured.find(published.key, "clean", "resolution")
        if limit is not None:
            yield Requirement("the same, the published network", clean, limit, "mrad")
    default = measured.find(staged.key, "default", "resolution")
    limit = measured.values[f"{REJECTING}: default: resolution"]
    yield Requirement("staged network, default; the fit without outliers", default, limit, "mrad")
    kept = measured.find(staged.key, "default", "kept")
    limit = measured.values[f"{REJECTING}: default: kept"]
    yield Requirement(
        "the same, kept (to 0.01 %)", None if kept is None else round(kept, 2), round(limit, 2), "%", True
    )


def _size(found: Sequence[Network], staged: Network, measured: Results, mapped: Results) -> Iterator[Requirement]:
    own = mapped.of(staged.key)
    latency = own["cycles"] * own["clock period"] if own else None
    yield Requirement("staged network, latency at the design's clock", latency, 50.0, "ns")
    yield Requirement("the same, clock period", own.get("clock period"), 6.25, "ns")
    yield Requirement("the same, initiation interval", own.get("initiation interval"), 1, "clock")
    yield Requirement("the same, DSP", own.get("DSP"), 0, "")
    yield Requirement("the same, LUT mapped", own.get("LUT, mapped"), 30_000, "")
    small: list[tuple[float, float]] = []
    for network in found:
        lut = mapped.find(network.key, "LUT, mapped")
        clean = measured.find(network.key, "clean", "resolution")
        if network.kind is Kind.FRONT and lut is not None and clean is not None and lut <= SMALL_LUT:
            small.append((clean, lut))
    best, lut = min(small, default=(None, None))
    yield Requirement(f"a point of the front of at most {SMALL_LUT:,} LUT, LUT mapped", lut, SMALL_LUT, "")
    yield Requirement("the same point, clean", best, SMALL_MRAD, "mrad")


def _bits(found: Sequence[Network], agreed: Results) -> Iterator[Requirement]:
    for name in (STAGED, CNN):
        for network in (entry for entry in found if entry.name == name):
            counts = [agreed.find(network.key, simulator, "muons") for simulator in SIMULATORS]
            wrong = [agreed.find(network.key, simulator, "mismatches") for simulator in SIMULATORS]
            muons = None if None in counts else min(count for count in counts if count is not None)
            total = None if None in wrong else sum(count for count in wrong if count is not None)
            text = f"{name}: emulator = C simulation = RTL"
            yield Requirement(f"{text}, muons compared", muons, 100_000, "", True)
            yield Requirement("the same, mismatches", total, 0, "")
