"""``docs/results/qor.md``: its tables, written between marks from results alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from statistics import geometric_mean

from benchmarks import published
from benchmarks.harness import BENCHMARKS, fill
from benchmarks.qor_study.networks import FILES
from benchmarks.qor_study.results import OPTIMIZED, OURS, PEER, THEIRS, Entry

PAGE = BENCHMARKS.parent / "docs" / "results" / "qor.md"
LEAN = "LUT without inverters"
PERIOD = "clock period (estimated)"
TITLES = {OURS: "ours", OPTIMIZED: "ours, optimized", "nt": "peer, nt", "stock": "peer, stock", "t3": "peer, t3"}
COLUMNS = ("stages", "LUT", LEAN, "FF", "CARRY4", PERIOD, "adder bits", "CPU time")
RATIOS = (LEAN, "LUT", "FF", "CARRY4", PERIOD, "adder bits")


def write(entries: Collection[Entry], page: Path = PAGE) -> None:
    """Replace all tables of the page."""
    fill(page, blocks(entries))


def blocks(entries: Collection[Entry]) -> dict[str, str]:
    """The tables, in Markdown, by the name of their marks."""
    own = in_order(entries)
    return {
        "origin": _origin(own),
        "summary": _summary(own),
        "ratios": "\n".join(_ratios(own)),
        "sizes": "\n".join(_sizes(own)),
        "agreement": "\n".join(_agreement(own)),
        "published": "\n".join(_published(own)),
    }


def in_order(entries: Collection[Entry]) -> list[Entry]:
    """The networks in the order in which they are measured."""
    order = {Path(file).stem: number for number, file in enumerate(FILES)}
    return sorted(entries, key=lambda entry: order.get(entry.name, len(order)))


def _origin(entries: Collection[Entry]) -> str:
    days = sorted({entry.run["time"][:10] for entry in entries})
    tools = sorted({f"{name} {v}" for e in entries for name, v in e.run["environment"].items() if name in _TOOLS})
    commits = sorted({entry.run["commit"] for entry in entries})
    searched = {f"{minutes:g}" for entry in entries if (minutes := entry.find(OPTIMIZED, "searched")) is not None}
    optimized = f" Optimized for {' or '.join(sorted(searched))} minutes." if searched else ""
    return f"Measured on {_between(days)}, commits {', '.join(commits)}; {', '.join(tools)}.{optimized}"


_TOOLS = ("alkaid", "yosys", "verilator")


def _between(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _summary(entries: Collection[Entry]) -> str:
    """The geometric means over all networks of which both sides are mapped."""
    lines = [f"| {LEAN} | over the peer's | networks | geometric mean | least | most |", "|---|---|--:|--:|--:|--:|"]
    for own in (OURS, OPTIMIZED):
        for title, forms in (("best", THEIRS), *((form, (form,)) for form in THEIRS)):
            ratios = [ratio for entry in entries if (ratio := entry.over_best(LEAN, forms, own)) is not None]
            if ratios:
                numbers = (f"{value:.3f}" for value in (geometric_mean(ratios), min(ratios), max(ratios)))
                lines.append(f"| {TITLES[own]} | {title} | {len(ratios)} | {' | '.join(numbers)} |")
    return "\n".join(lines)


def _ratios(entries: Collection[Entry]) -> Iterator[str]:
    yield f"| network | over the peer's best | {' | '.join(RATIOS)} |"
    yield "|---|---|" + "--:|" * len(RATIOS)
    for entry in entries:
        for own in (OURS, OPTIMIZED):
            found = [entry.over_best(name, form=own) for name in RATIOS]
            if any(ratio is not None for ratio in found):
                cells = " | ".join("-" if ratio is None else f"{ratio:.2f}" for ratio in found)
                yield f"| {entry.name if own == OURS else ''} | {TITLES[own]} | {cells} |"


def _sizes(entries: Collection[Entry]) -> Iterator[str]:
    heads = [f"{name} [{_UNITS[name]}]" if name in _UNITS else name for name in COLUMNS]
    yield f"| network | Verilog | {' | '.join(heads)} |"
    yield "|---|---|" + "--:|" * len(COLUMNS)
    for entry in entries:
        for form in (OURS, OPTIMIZED, *THEIRS):
            if form in entry.values:
                title = entry.name if form == OURS else ""
                yield f"| {title} | {TITLES[form]} | {' | '.join(_cell(entry, form, name) for name in COLUMNS)} |"
        if "refused" in entry.words.get(PEER, {}):
            yield f"|  | peer | refused: `{entry.words[PEER]['refused']}` |{'  |' * (len(COLUMNS) - 1)}"


_UNITS = {PERIOD: "ns", "CPU time": "s"}


def _cell(entry: Entry, form: str, name: str) -> str:
    value = entry.figure(form, name)
    if value is None:
        return "not mapped" if name == "LUT" else "-"
    return f"{value:.2f}" if name == PERIOD else f"{value:.1f}" if name == "CPU time" else f"{value:,.0f}"


def _agreement(entries: Collection[Entry]) -> Iterator[str]:
    heads = ("interpreter", *(f"Verilog, {form}" for form in THEIRS))
    yield f"| network | random events | values of the peer that differ from our emulator's: {' | '.join(heads)} |"
    yield "|---|--:|" + "--:|" * len(heads)
    for entry in entries:
        events = entry.find(PEER, "events")
        if events is not None:
            wrong = [entry.find(PEER, "interpreter: mismatches")]
            wrong += [entry.find(form, "Verilog: mismatches") for form in THEIRS]
            cells = ("not simulated" if n is None else f"{n:,.0f}" for n in wrong)
            title = f"{entry.name} (helped)" if entry.find(PEER, "helped") else entry.name
            yield f"| {title} | {events:,.0f} | {' | '.join(cells)} |"


def _published(entries: Collection[Entry]) -> Iterator[str]:
    """The authors' designs after place and route, beside ours and the peer's as they are mapped."""
    yield "| network | Verilog | LUT | FF | latency [ns] |"
    yield "|---|---|--:|--:|--:|"
    for network in published.NETWORKS:
        for entry in entries:
            if entry.name != Path(network.file).stem:
                continue
            flops = "-" if network.ff is None else f"{network.ff:,}"
            cells = ("authors, placed and routed", f"{network.lut:,}", flops, f"{network.latency_ns:.1f}")
            yield f"| {entry.name} | {' | '.join(cells)} |"
            for form in (OURS, OPTIMIZED, *THEIRS):
                period, stages = entry.find(form, PERIOD), entry.find(form, "stages")
                if period is not None and stages is not None:
                    cells = (_cell(entry, form, LEAN), _cell(entry, form, "FF"), f"{stages * period:.1f}")
                    yield f"|  | {TITLES[form]}, mapped | {' | '.join(cells)} |"
