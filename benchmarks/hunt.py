"""The records of the last ``make hunt`` as one line of data; it judges no model itself.

Counted are outcomes of models, of kernels by compiler and level, and of models on the routes; how often layers and
options were given in models that Keras builds, and layers in models that are equal.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from harness import Measurement, record

_OUTCOMES = ("equal", "refused", "not buildable", "wrong", "traceback", "slow")
_SUBJECTS = {"model": "models", "kernel": "kernels", "kernels": "kernels", "routes": "routes"}
RECORDS = Path("build/hunt/records.jsonl")


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


@click.command()
@click.option("--records", type=click.Path(path_type=Path), default=RECORDS, show_default=True)
def main(records: Path) -> None:
    """Record the counts of a hunt."""
    if not records.exists():
        click.echo(f"no hunt to record: {records} is written by make hunt")
        sys.exit()
    record("hunt", counted([json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]))


if __name__ == "__main__":
    main()
