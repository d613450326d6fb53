"""One run of a benchmark as one line of data: what was measured, when, on which commit, machine and versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from trigforge.reports import Figure, environment

BENCHMARKS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measurement:
    """One number that was measured here, with its unit."""

    name: str
    value: float
    unit: str


@contextmanager
def cache_at(folder: Path) -> Generator[None]:
    """Another folder for the cache of this process and of those that it starts; the one before comes back."""
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CACHE]
        else:
            os.environ[_CACHE] = before


_CACHE = "TRIGFORGE_CACHE"


def record(
    benchmark: str,
    measurements: Sequence[Measurement],
    tools: Mapping[str, str] | None = None,
    results: Path = BENCHMARKS / "results",
) -> Path:
    """Append one run to ``results/<benchmark>.jsonl`` and print it; ``tools`` are further versions that matter."""
    run = {
        "benchmark": benchmark,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "environment": environment(tools),
        "measurements": [asdict(entry) for entry in measurements],
    }
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{benchmark}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run, ensure_ascii=False) + "\n")
    table = Table(box=None, pad_edge=False, header_style="bold", title=benchmark, title_justify="left")
    table.add_column("measured")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for entry in measurements:
        table.add_row(entry.name, f"{entry.value:,.4g}", entry.unit)
    Console(highlight=False).print(table)
    return path


def with_interval(name: str, figure: Figure) -> list[Measurement]:
    """A figure of a report; of an estimate the ends of its interval too, as "name, low" and "name, high"."""
    ends = [(f"{name}, low", figure.low), (f"{name}, high", figure.high)]
    known = [Measurement(end, value, figure.unit) for end, value in ends if value is not None]
    return [Measurement(name, figure.value, figure.unit), *known]


def fill(document: Path, blocks: Mapping[str, str]) -> None:
    """Replace what stands in ``document`` between the marks ``<!-- NAME -->`` and ``<!-- end of NAME -->``."""
    text = document.read_text(encoding="utf-8")
    for name, block in blocks.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        text = f"{before}{start}\n{block}\n{end}{rest.partition(end)[2]}"
    document.write_text(text, encoding="utf-8")


def newest(results: Path) -> dict[str, tuple[Mapping[str, Any], dict[str, float]]]:
    """The last run that measured each subject, and its values, of measurements named "subject, what".

    In the order in which subjects were first measured.
    """
    found: dict[str, tuple[Mapping[str, Any], dict[str, float]]] = {}
    for text in results.read_text(encoding="utf-8").splitlines():
        run: Mapping[str, Any] = json.loads(text)
        values: dict[str, dict[str, float]] = {}
        for entry in run["measurements"]:
            subject, _, what = entry["name"].partition(", ")
            values.setdefault(subject, {})[what] = entry["value"]
        found |= {subject: (run, measured) for subject, measured in values.items()}
    return found


def commit() -> str:
    """The commit that is checked out, with ``+changes`` where tracked files differ from it; ``unknown`` outside git."""
    command = ["git", "-c", "safe.directory=*", "-C", str(BENCHMARKS), "describe"]
    options = ["--always", "--abbrev=12", "--dirty=+changes"]
    try:
        return subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> dict[str, str | int]:
    """Processor, the cores this process may use, and the memory in GiB."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
    }


def processor() -> str:
    """The processor's name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
