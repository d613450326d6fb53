"""The tables of ``docs/estimates.md``, written between marks from stored results alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.estimates_study import circuits, fitting, pairs, unmapped
from benchmarks.estimates_study.circuits import Circuit
from benchmarks.estimates_study.fitting import Design, family, study
from benchmarks.estimates_study.results import Fits, period_residuals, whole_lut_residuals
from benchmarks.harness import BENCHMARKS, Measurement, fill

PAGE = BENCHMARKS.parent / "docs" / "estimates.md"


def write(fits: Fits, page: Path = PAGE) -> None:
    """Replace all tables of the page."""
    fill(page, blocks(fits))


def blocks(fits: Fits) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    return {
        "fits": "\n".join(_fits(fits)),
        "constants": "\n".join(_constants(fits)),
        "circuits": "\n".join(_circuits(circuits.load().values())),
        "pairs": "\n".join(_pairs(fits)),
        "sources": "\n".join(_sources()),
        "forms": "\n".join(_forms(fits)),
        "unmapped": "\n".join(_unmapped(fits)),
    }


def measurements(fits: Fits) -> list[Measurement]:
    """Constants and errors of a run."""
    start, growth = fitting.PERIOD.constants(fits.designs)
    found = [
        Measurement("period: start of the wire factor", start, "1"),
        Measurement("period: growth of the wire factor", growth, "1"),
        Measurement("placed LUT: ratio to mapped", fitting.lut_ratio(fits.designs), "1"),
        Measurement("mapped LUT: ratio to bits", unmapped.lut_per_bit(fits.networks), "LUT/bit"),
    ]
    for name, residuals, group in (
        ("placed LUT", fits.lut, family),
        ("placed LUT, study left out", fits.lut_by_study, study),
        ("period", fits.period, family),
    ):
        errors = list(residuals.values())
        found += [
            Measurement(f"{name}: rms", fitting.rms_percent(errors), "%"),
            Measurement(f"{name}: interval", fitting.interval_percent(errors), "%"),
            Measurement(f"{name}: within the interval", fitting.within(residuals), "designs"),
            Measurement(f"{name}: within that of the other groups", fitting.covered(residuals, group), "designs"),
            Measurement(f"{name}: designs", len(errors), "designs"),
        ]
    return found


def _fits(fits: Fits) -> Iterator[str]:
    yield "| estimate | left out | designs | rms error | interval of 90 % | it holds | the others' holds |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for name, what, residuals, group in (
        ("LUT, placed, from mapped LUTs", "each family", fits.lut, family),
        ("LUT, placed, from mapped LUTs", "each study", fits.lut_by_study, study),
        ("the same, shift registers counted", "each family", whole_lut_residuals(fits.designs, family), family),
        ("the same, shift registers counted", "each study", whole_lut_residuals(fits.designs, study), study),
        ("clock period", "each family", fits.period, family),
    ):
        held = fitting.covered(residuals, group)
        yield f"| {name} | {what} | {_errors(residuals)} | {held} of {len(residuals)} |"
    residuals = unmapped.residuals(fits.networks)
    yield f"| LUT, mapped, from bits of adders | each family | {_errors(residuals)} | - |"


def _errors(residuals: Mapping[Any, float]) -> str:
    """The cells that say how large errors are."""
    errors = list(residuals.values())
    return (
        f"{len(errors)} | {fitting.rms_percent(errors):.1f} % | {fitting.interval_percent(errors):.1f} % | "
        f"{fitting.within(residuals)} of {len(errors)}"
    )


def _constants(fits: Fits) -> Iterator[str]:
    start, growth = fitting.PERIOD.constants(fits.designs)
    ratio, per_bit = fitting.lut_ratio(fits.designs), unmapped.lut_per_bit(fits.networks)
    yield f"    period = longest over stages of  cells + wires x ({start:.3f} + {growth:.3f} x sqrt(LUT / 100,000))"
    yield f"    LUT    = {ratio:.4f} x LUTs mapped without inverters"
    yield f"    LUT    = {ratio * per_bit:.4f} x bits of adders, where nothing was mapped"


def _circuits(those: Collection[Circuit]) -> Iterator[str]:
    yield "| network | adders a stage | stages | adder bits | LUT | inverters | FF | longest stage | mean of stages |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for circuit in sorted(those, key=lambda circuit: circuit.lut):
        longest, balanced = (f"{cells:.2f} + {wires:.2f}" for cells, wires in (circuit.longest, circuit.balanced))
        yield (
            f"| `{circuit.network}` | {circuit.adders} | {circuit.stages} | {circuit.adder_bits:,.0f} | "
            f"{circuit.lut:,} | {circuit.inverters:,} | {circuit.ff:,} | {longest} | {balanced} |"
        )


def _pairs(fits: Fits) -> Iterator[str]:
    sizes = ("LUT", "of it memory", "FF", "mapped", "estimated", "error")
    times = ("cycles", "asked [ns]", "period [ns]", "estimated", "error")
    yield f"| design | {' | '.join((*sizes, *times))} |"
    yield f"|---|{'--:|' * len((*sizes, *times))}"
    by_pair = {design.pair: design for design in fits.designs}
    for pair in pairs.load():
        design = by_pair.get(pair)
        cells = [pair.network, f"{pair.lut:,}", _text(pair.lut_memory, ",d"), _text(pair.ff, ",d")]
        cells += ["-", "-", "-"] if design is None else _sized(fits, design)
        cells += [_text(pair.cycles, "d"), _text(pair.target_ns, ".1f"), _text(pair.period_ns, ".2f")]
        cells += ["-", "-"] if design is None or design not in fits.period else _timed(fits, design)
        yield f"| {' | '.join(cells)} |"


def _sized(fits: Fits, design: Design) -> list[str]:
    error = fits.lut[design]
    mapped = fitting.mapped_lut(design, fits.designs)
    return [f"{mapped:,.0f}", f"{design.pair.logic_lut * (1 + error):,.0f}", f"{100 * error:+.1f} %"]


def _timed(fits: Fits, design: Design) -> list[str]:
    error = fits.period[design]
    assert design.pair.period_ns is not None
    return [f"{design.pair.period_ns * (1 + error):.2f}", f"{100 * error:+.1f} %"]


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _sources() -> Iterator[str]:
    yield "| designs | from | remark |"
    yield "|---|---|---|"
    seen: dict[tuple[str, str], list[str]] = {}
    for pair in pairs.load():
        seen.setdefault((pair.source, pair.remark), []).append(pair.network)
    for (source, remark), networks in seen.items():
        named: Sequence[str] = networks if len(networks) < 4 else [f"{len(networks)} designs of JEDI-linear"]
        yield f"| {'; '.join(named)} | {source} | {remark} |"


def _forms(fits: Fits) -> Iterator[str]:
    families = list(dict.fromkeys(design.pair.family for design in fits.period))
    yield f"| form | constants | rms error | {' | '.join(f'rms, {name}' for name in families)} |"
    yield f"|---|---|--:|{'--:|' * len(families)}"
    for form in (fitting.PERIOD, *fitting.OTHER_FORMS):
        errors = period_residuals(fits.designs, form)
        constants = ", ".join(f"{value:.2f}" for value in form.constants(fits.designs))
        own = [[error for design, error in errors.items() if design.pair.family == name] for name in families]
        cells = [f"{fitting.rms_percent(residuals):.1f} %" for residuals in (list(errors.values()), *own)]
        yield f"| {form.name} | {constants} | {' | '.join(cells)} |"


def _unmapped(fits: Fits) -> Iterator[str]:
    yield "| network | family | bits of adders | LUT, mapped | LUT a bit | error |"
    yield "|---|---|--:|--:|--:|--:|"
    errors = unmapped.residuals(fits.networks)
    for mapped in sorted(fits.networks, key=lambda mapped: (mapped.family, mapped.network)):
        yield (
            f"| `{mapped.network}` | {mapped.family} | {mapped.adder_bits:,.0f} | {mapped.lut:,.0f} | "
            f"{mapped.lut / mapped.adder_bits:.2f} | {100 * errors[mapped]:+.1f} % |"
        )
