"""The requirements of a study, each beside what was found: the tables ``[[requirements]]`` of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.study.networks import Kind
from benchmarks.study.results import Study


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
        """The result in one word or two."""
        if self.found is None:
            return "not measured"
        return "yes" if (self.found >= self.limit if self.at_least else self.found <= self.limit) else "**no**"


def table(study: Study) -> str:
    """All requirements in Markdown; a sentence where no network is there that something is required of."""
    rows = list(requirements(study))
    if not rows:
        return "No network that something is required of is here."
    lines = ["| required | limit | found | holds |", "|---|---|---|---|"]
    for entry in rows:
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
        case "AUC":
            return f"{value:.4f}"
        case "ns":
            return f"{value:.4g} ns"
        case _:
            return f"{value:,.0f} {unit}".strip()


def requirements(study: Study) -> Iterator[Requirement]:
    """The requirements whose network and limit are there."""
    for entry in study.definition["requirements"]:
        of, figure, decimals = entry["of"], entry["figure"], entry.get("decimals")
        at_least = "at_least" in entry
        limit = _limit(study, entry["at_least" if at_least else "at_most"], figure)
        figures = _figures(study, of) if isinstance(of, str) else _best(study, of)
        if figures is None or limit is None:
            continue
        found = figures.get(figure)
        if decimals is not None:
            found, limit = None if found is None else round(found, decimals), round(limit, decimals)
        yield Requirement(entry["text"], found, limit, entry.get("unit", ""), at_least)


def _figures(study: Study, name: str) -> Mapping[str, float] | None:
    """The figures of a network, or a fit, by its name; None where it is not here."""
    key = next((network.key for network in study.networks if network.name == name), name)
    return study.figures(key) or ({} if key != name else None)


def _limit(study: Study, limit: float | Mapping[str, Any], figure: str) -> float | None:
    """A number, or the same figure of another network or fit, times a factor; None where that was not measured."""
    if not isinstance(limit, Mapping):
        return limit
    value = (_figures(study, limit["of"]) or {}).get(figure)
    return None if value is None else limit.get("times", 1) * value


def _best(study: Study, of: Mapping[str, Any]) -> Mapping[str, float]:
    """The figures of the network of one kind, among those with a figure of at most a limit, whose ``best`` is least."""
    known = [study.figures(network.key) for network in study.networks if network.kind is Kind(of["kind"])]
    small = [x for x in known if x.get(of["figure"], float("inf")) <= of["at_most"] and of["best"] in x]
    return min(small, key=lambda figures: figures[of["best"]], default={})
