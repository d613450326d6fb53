"""``docs/results/muon.md``: its tables, written between marks from results alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness import fill
from benchmarks.muon_study.answers import FIT, FITS, REJECTING
from benchmarks.muon_study.quality import EFFICIENCY_PERCENT, NOISE_PERCENT, efficiency, noise
from benchmarks.study import requirements
from benchmarks.study.networks import ROOT, Kind
from benchmarks.study.results import Study

FOLDER = ROOT / "docs" / "results"


def subjects(found: Study) -> dict[str, str]:
    """Labels of all that stands in every comparison, by key: the shipped networks, the published one, both fits."""
    return {n.key: n.label for n in found.of(Kind.SHIPPED, Kind.PUBLISHED)} | FITS


def recipes(found: Study) -> dict[str, str]:
    """Labels of all that stands where recipes are compared, by key: the shipped network with a label among the recipes,
    the others, the fit without outliers; nothing without others."""
    others = found.of(Kind.RECIPE)
    labels = {n.key: n.recipe for n in [*found.of(Kind.SHIPPED), *others] if n.recipe is not None}
    return labels | {REJECTING: FITS[REJECTING]} if others else {}


def write(found: Study, page: Path = FOLDER / "muon.md") -> None:
    """Replace all tables of the page."""
    fill(page, blocks(found))


def blocks(found: Study) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    return {
        "origin": _origin(found),
        "requirements": requirements.table(found),
        "resolution": _resolution(found),
        "scans": _scans(found, subjects(found)),
        "recipes": _recipes(found),
        "front": _front(found),
        "agreement": _agreement(found),
    }


def _origin(found: Study) -> str:
    (run,) = found.measured.runs
    muons = found.measured.values["all: muons"]
    return (
        f"{muons:,.0f} muons in each of the conditions, simulated for this page alone; measured on {run['time'][:10]}, "
        f"commit {run['commit']}. Answers are those of the native emulator, equal to the firmware's to the bit."
    )


def _resolution(found: Study) -> str:
    rows = [
        "| mrad | clean: RMS | kept | 68 % half-width | over the fit | default: RMS | kept | 68 % half-width |",
        "|---|---|---|---|---|---|---|---|",
    ]
    fitted = found.measured.values[f"{FIT}: clean: resolution"]
    for key, label in subjects(found).items():
        own = found.measured.of(key)
        clean, default = (
            f"{own[f'{name}: resolution']:.3f} | {own[f'{name}: kept']:.3f} % | {own[f'{name}: half width']:.3f}"
            for name in ("clean", "default")
        )
        rows.append(f"| {label} | {clean} | {own['clean: resolution'] / fitted:.3f} x | {default} |")
    return "\n".join(rows)


def _scans(found: Study, compared: dict[str, str]) -> str:
    """Resolution and kept share over noise, then over efficiency."""
    tables: list[str] = []
    for title, names in (
        ("noise", [noise(percent) for percent in NOISE_PERCENT]),
        ("efficiency", [efficiency(percent) for percent in EFFICIENCY_PERCENT]),
    ):
        heads = " | ".join(name.removeprefix(f"{title} ") for name in names)
        rows = [f"| {title} | {heads} |", "|---|" + "---|" * len(names)]
        for key, label in compared.items():
            own = found.measured.of(key)
            cells = (f"{own[f'{name}: resolution']:.3f} ({own[f'{name}: kept']:.2f} %)" for name in names)
            rows.append(f"| {label} | {' | '.join(cells)} |")
        tables.append("\n".join(rows))
    return "\n\n".join(tables)


def _recipes(found: Study) -> str:
    compared = recipes(found)
    if not compared:
        return "No network of another recipe is shipped."
    picture = "![resolution and lost muons, by recipe](muon_recipes.svg)"
    return f"{picture}\n\n{_scans(found, compared)}"


def _front(found: Study) -> str:
    rows = [
        "| network | EBOPs | clean, mrad | default, mrad | LUT, mapped | FF | DSP | clocks | II "
        "| latency at the design's clock | period, estimated |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for network in found.of(Kind.SHIPPED, Kind.FRONT, Kind.PUBLISHED):
        own, built = found.measured.of(network.key), found.mapped.of(network.key)
        ebops = f"{own['EBOPs']:,.0f}" if "EBOPs" in own else "-"
        cells = [ebops, f"{own['clean: resolution']:.3f}", f"{own['default: resolution']:.3f}"]
        if built:
            period = "clock period (estimated)"
            cells += [f"{built[name]:,.0f}" for name in ("LUT, mapped", "FF, mapped", "DSP", "cycles")]
            cells += [f"{built['initiation interval']:.0f}"]
            cells += [f"{built['cycles'] * built['clock period']:.1f} ns ({built['clock period']:g} ns a clock)"]
            cells += [f"{built[period]:.2f} ({built[f'{period}, low']:.2f} to {built[f'{period}, high']:.2f}) ns"]
        else:
            cells += ["-"] * 7
        rows.append(f"| {network.label} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _agreement(found: Study) -> str:
    rows = ["| network | simulator | muons | mismatches |", "|---|---|---|---|"]
    for network in found.networks:
        own = found.agreed.of(network.key)
        for name, muons in own.items():
            simulator, _, what = name.rpartition(": ")
            if what == "muons":
                mismatches = own[f"{simulator}: mismatches"]
                rows.append(f"| {network.label} | {simulator} | {muons:,.0f} | {mismatches:,.0f} |")
    return "\n".join(rows)
