"""``Budget``: the limits that the trigger sets for one design, from the table ``[budget]`` of a design file."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from trigforge.errors import DesignError

BUNCH_CROSSING_MHZ = 40.0
"""Nominal, because clocks are named so: a trigger's 360 MHz is nine times the LHC's 40.079 MHz."""


@dataclass(frozen=True)
class Budget:
    """Limits for one design, None where nothing is asked: the most that is allowed, of ``clock_mhz`` the least.

    ``tmux`` counts the bunch crossings from one event to the next on one board, and ``objects`` what one core serves of
    each event, one after another. So the core may take ``tmux * clock_mhz / 40`` cycles for all objects, and both
    latencies hold for the last one. Percentages are of one super logic region, a die of the part.

    Raises ``DesignError`` for a limit out of its range, for ``tmux`` without a clock, and if nothing is limited.
    """

    preset: str | None = None
    clock_mhz: float | None = None
    tmux: int | None = None
    objects: int | None = None
    latency_ns: float | None = None
    latency_cycles: int | None = None
    initiation_interval: int | None = None
    lut: int | None = None
    lut_percent_of_slr: float | None = None
    ff: int | None = None
    ff_percent_of_slr: float | None = None
    dsp: int | None = None
    bram_18k: int | None = None
    uram: int | None = None

    def __post_init__(self) -> None:
        limits = {key: getattr(self, key) for key in _KINDS if getattr(self, key) is not None}
        for key, value in limits.items():
            if isinstance(value, float) and not 0 < value < math.inf:
                raise DesignError(f"{key} = {value}; give a number above 0")
            if isinstance(value, int) and value < _least(key):
                raise DesignError(f"{key} = {value}; it counts and is at least {_least(key)}")
        if self.tmux is not None and self.clock_mhz is None:
            raise DesignError(
                f"tmux = {self.tmux} needs a clock to count cycles between two events; give clock_mhz too"
            )
        if self.objects is not None and not limits.keys() & {"tmux", "latency_ns", "latency_cycles"}:
            raise DesignError(
                f"objects = {self.objects} limits nothing by itself; give tmux, latency_ns or latency_cycles too"
            )
        if not limits:
            raise DesignError(f"no limit is given; known are {', '.join(_KINDS)}")

    @property
    def cycles_between_events(self) -> int | None:
        """Whole clock cycles from one event to the next on one board; None without ``tmux``."""
        if self.tmux is None or self.clock_mhz is None:
            return None
        return math.floor(self.tmux * self.clock_mhz / BUNCH_CROSSING_MHZ)


@dataclass(frozen=True)
class Preset:
    """Published limits of a trigger, with their source."""

    name: str
    source: str
    limits: Mapping[str, int | float]


_KINDS: dict[str, type[int] | type[float]] = {
    field.name: float if field.name.endswith(("_mhz", "_ns", "_percent_of_slr")) else int
    for field in fields(Budget)
    if field.name != "preset"
}


def load_budget(path: Path) -> Budget | None:
    """The table ``[budget]`` of a design file; None if the file has none.

    Keys beside ``preset`` replace those of the preset. Raises ``DesignError`` for a file that is missing or no TOML, an
    unknown key or preset, a wrong type, and what ``Budget`` refuses.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("budget")
    except OSError as error:
        raise DesignError(f"design file {path}: {error.strerror}; give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DesignError(f"design file {path} is not TOML: {error}") from None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise DesignError(f"design file {path}: write the budget as a table [budget], found budget = {table!r}")
    try:
        return _budget(cast(dict[str, Any], table))
    except DesignError as error:
        raise DesignError(f"design file {path}: [budget]: {error}") from None


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by name; ``resources/budgets.toml`` names the source of each."""
    found = tomllib.loads((files("trigforge.resources") / "budgets.toml").read_text(encoding="utf-8"))
    return {name: Preset(name, entry.pop("source"), _checked(entry)) for name, entry in found.items()}


def _budget(table: dict[str, Any]) -> Budget:
    name = table.pop("preset", None)
    if name is None:
        return Budget(**_checked(table))
    if not isinstance(name, str) or name not in presets():
        raise DesignError(f"preset = {name!r} is unknown; known are {', '.join(presets())}")
    limits: dict[str, Any] = {**presets()[name].limits, **_checked(table)}
    return Budget(preset=name, **limits)


def _checked(table: dict[str, Any]) -> dict[str, Any]:
    limits: dict[str, int | float] = {}
    for key, value in table.items():
        if key not in _KINDS:
            raise DesignError(f"unknown key {key!r}; known are {', '.join(['preset', *_KINDS])}")
        allowed = (int, float) if _KINDS[key] is float else int
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise DesignError(f"{key} = {value!r} should be a{'n' * (allowed is int)} {_KINDS[key].__name__}")
        limits[key] = _KINDS[key](value)
    return limits


def _least(key: str) -> int:
    return 1 if key in ("tmux", "objects", "latency_cycles", "initiation_interval") else 0
