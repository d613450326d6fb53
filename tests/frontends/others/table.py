"""The table of ``docs/frontends.md``: how many models of others are read, by family.

    python -m tests.frontends.others.table

writes it anew.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.harness import fill
from tests.frontends.others.survey import kept

PAGE = Path("docs/frontends.md")


def table() -> str:
    """The table of the results that are kept."""
    entries = list(kept().values())
    counts = Counter((entry["family"], entry["outcome"]) for entry in entries)
    families = [*dict.fromkeys(entry["family"] for entry in entries)]
    lines = ["| family | models | equal to the framework | read, not compared | refused |", "|---|---:|---:|---:|---:|"]
    for family in families:
        own = [counts[family, outcome] for outcome in ("equal", "read", "refused")]
        lines.append(f"| {family} | {' | '.join(map(str, [sum(own), *own]))} |")
    whole = [sum(counts[family, outcome] for family in families) for outcome in ("equal", "read", "refused")]
    lines.append(f"| all | {' | '.join(map(str, [sum(whole), *whole]))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    fill(PAGE, {"others": table()})
