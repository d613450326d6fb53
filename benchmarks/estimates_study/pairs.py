"""Public pairs: a network, and what its authors had after place and route (``pairs.csv``, each with its source)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

PAIRS = Path(__file__).with_name("pairs.csv")


@dataclass(frozen=True)
class Pair:
    """One design of others; None where a figure is not public.

    A ``study`` is one paper with its flow of tools, a ``family`` its designs of one architecture. ``period_ns`` was
    reached where ``target_ns`` was asked for. ``copies`` are the constituents treated alike, ``adder_bits`` the
    authors' own count. ``circuit`` names the mapped circuit that stands for the design (``circuits.CIRCUITS``); without
    one, nothing can be estimated here.
    """

    network: str
    family: str
    study: str
    lut: int
    lut_memory: int | None
    ff: int | None
    cycles: int | None
    period_ns: float | None
    target_ns: float | None
    copies: int | None
    adder_bits: float | None
    circuit: str | None
    source: str
    remark: str

    @property
    def logic_lut(self) -> int:
        """Look-up tables that are logic: without shift registers, where these are told apart."""
        return self.lut - (self.lut_memory or 0)

    @property
    def pressed(self) -> bool:
        """The tools were asked for a shorter period than they reached, so that it is the shortest they could make."""
        return self.period_ns is not None and self.target_ns is not None and self.period_ns > self.target_ns


def load(path: Path = PAIRS) -> tuple[Pair, ...]:
    """All pairs, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_pair(row) for row in csv.DictReader(file))


def _pair(row: dict[str, str]) -> Pair:
    def whole(name: str) -> int | None:
        return int(row[name]) if row[name] else None

    def real(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    return Pair(
        network=row["network"],
        family=row["family"],
        study=row["study"],
        lut=int(row["lut"]),
        lut_memory=whole("lut_memory"),
        ff=whole("ff"),
        cycles=whole("cycles"),
        period_ns=real("period_ns"),
        target_ns=real("target_ns"),
        copies=whole("copies"),
        adder_bits=real("adder_bits"),
        circuit=row["circuit"] or None,
        source=row["source"],
        remark=row["remark"],
    )
