"""The records of the last ``make hunt`` and ``make formats`` as lines of data; it judges no model itself.

Counted are outcomes of models, of kernels by compiler and level, and of models on the routes; for HGQ2 how often layers
and options were given in models that Keras builds, and layers in models that are equal; for the other formats the
outcomes of each kind of work, its seconds on one core, and the reasons of refusals.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from harness import Measurement, record

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hunt.formats import FORMATS
from tests.hunt.models import read_records, reasons

_OUTCOMES = ("equal", "refused", "not buildable", "wrong", "traceback", "slow")
_SUBJECTS = {"model": "models", "kernel": "kernels", "kernels": "kernels", "routes": "routes"}
RECORDS = Path("build/hunt")


def counted(records: list[dict[str, Any]]) -> list[Measurement]:
    """All counts of a hunt."""
    return [*_outcomes(records), *_uses([entry for entry in records if entry["kind"] == "model"])]


def _outcomes(records: list[dict[str, Any]]) -> list[Measurement]:
    counts: Counter[tuple[str, str]] = Counter()
    for entry in records:
        by = f" {entry['compiler']} {entry['level']}" if "compiler" in entry else ""
        counts[f"{_SUBJECTS[entry['kind']]}{by}", entry["outcome"]] += 1
    subjects = sorted({subject for subject, _ in counts})
    return [
        Measurement(f"{subject}, {outcome}", counts[subject, outcome], "models")
        for subject in subjects
        for outcome in _OUTCOMES
        if counts[subject, outcome] or " " not in subject
    ]


def _uses(models: list[dict[str, Any]]) -> list[Measurement]:
    given: Counter[str] = Counter()
    equal: Counter[str] = Counter()
    for entry in models:
        if entry["outcome"] != "not buildable":
            given.update(entry["layers"] + entry["options"])
        if entry["outcome"] == "equal":
            equal.update(entry["layers"])
    return [
        *(Measurement(f"{name}, given", times, "times") for name, times in sorted(given.items())),
        *(Measurement(f"{name}, in equal models", times, "times") for name, times in sorted(equal.items())),
    ]


def counted_formats(records: dict[str, list[dict[str, Any]]]) -> list[Measurement]:
    """The counts of all formats but HGQ2, by name."""
    found: list[Measurement] = []
    for name, entries in records.items():
        for kind in dict.fromkeys(entry["kind"] for entry in entries):
            own = [entry for entry in entries if entry["kind"] == kind]
            counts = Counter(entry["outcome"] for entry in own)
            outcomes = [outcome for outcome in _OUTCOMES if counts[outcome] or outcome in ("equal", "refused", "wrong")]
            found += [Measurement(f"{name}: {kind}, {outcome}", counts[outcome], "models") for outcome in outcomes]
            found.append(Measurement(f"{name}: {kind}, time", round(sum(entry["seconds"] for entry in own)), "s"))
        said = Counter(
            reason for entry in entries if entry["outcome"] == "refused" for reason in reasons(entry["said"])
        )
        found += [Measurement(f"{name}: refused as {reason}", count, "models") for reason, count in said.most_common()]
    return found


@click.command()
@click.option("--records", type=click.Path(path_type=Path), default=RECORDS, show_default=True)
def main(records: Path) -> None:
    """Record the counts of a hunt, and of one over the other formats."""
    if (records / "records.jsonl").exists():
        record("hunt", counted(read_records(records / "records.jsonl")))
    formats = {name: read_records(records / name / "records.jsonl") for name in FORMATS}
    if any(formats.values()):
        record("formats", counted_formats(formats))
    elif not (records / "records.jsonl").exists():
        click.echo(f"no hunt to record: {records} is written by make hunt and make formats")


if __name__ == "__main__":
    main()
