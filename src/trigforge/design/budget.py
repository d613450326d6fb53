"""``Budget``: the limits that the trigger sets for one design."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from trigforge.design.meaning import meant
from trigforge.design.targets import Resource
from trigforge.errors import DesignError
from trigforge.resources.parts import FpgaResource
from trigforge.suggestions import known_names
from trigforge.toml_tables import TomlTable

BUNCH_CROSSING_MHZ = 40.0
"""Nominal, because clocks are named so: a trigger's 360 MHz is nine times the LHC's 40.079 MHz."""
_PERCENT = "_percent_of_slr"


@dataclass(frozen=True)
class Budget:
    """Limits for one design, None where nothing is asked: the most that is allowed, of ``clock_mhz`` the least.

    ``tmux`` counts the bunch crossings from one event to the next on one board, and ``objects`` what one core serves of
    each event, one after another. So the core may take ``tmux * clock_mhz / 40`` cycles for all objects, and both
    latencies hold for the last one. ``percent_of_slr`` limits resources in percent of one super logic region, a die of
    the part.

    Raises ``DesignError`` for a limit out of its range, for ``tmux`` without a clock, and if nothing is limited.
    """

    preset: str | None = meant(None, "published limits by name; other keys replace those of the preset", "budget.md")
    clock_mhz: float | None = meant(None, "the least clock that the design can run at, in MHz")
    tmux: int | None = meant(None, "bunch crossings from one event to the next on one board; needs clock_mhz")
    objects: int | None = meant(
        None, "what one core serves of each event, one after another (jets, tracks); limits nothing by itself"
    )
    latency_ns: float | None = meant(None, "cycles times the period, from the first input bit to the last output bit")
    latency_cycles: int | None = meant(None, "the same in clock cycles")
    initiation_interval: int | None = meant(None, "clock cycles from the start of one object to that of the next")
    resources: Mapping[Resource, int] = field(default_factory=dict[Resource, int])
    percent_of_slr: Mapping[Resource, float] = field(default_factory=dict[Resource, float])

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise DesignError(*faults)

    def _faults(self) -> Iterator[str]:
        own = {entry.name: getattr(self, entry.name) for entry in fields(self)[1:-2]}
        counts = {resource.value: count for resource, count in self.resources.items()}
        shares = {f"{resource}{_PERCENT}": share for resource, share in self.percent_of_slr.items()}
        limits = {key: value for key, value in (own | counts | shares).items() if value is not None}
        for key, value in limits.items():
            least = 0 if key in counts else 1
            if isinstance(value, float) and not 0 < value < math.inf:
                yield f"{key} = {value}; give a number above 0"
            if isinstance(value, int) and value < least:
                yield f"{key} = {value}; it counts and is at least {least}"
        if self.tmux is not None and self.clock_mhz is None:
            yield f"tmux = {self.tmux} needs a clock to count cycles between two events; give clock_mhz too"
        if self.objects is not None and not limits.keys() & {"tmux", "latency_ns", "latency_cycles"}:
            yield f"objects = {self.objects} limits nothing by itself; give tmux, latency_ns or latency_cycles too"
        if not limits:
            yield "no limit is given; give the most that is allowed, such as latency_ns or lut"

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
    **{entry.name: float if entry.name.endswith(("_mhz", "_ns")) else int for entry in fields(Budget)[1:-2]},
    **{f"{entry}{end}": kind for entry in FpgaResource for end, kind in (("", int), (_PERCENT, float))},
}
"""keys of ``[budget]`` that limit"""


def limits_of_resources() -> dict[str, str]:
    """The keys that limit resources, each with its meaning."""
    counts = {entry.value: f"{entry.label} after place and route, else after synthesis" for entry in FpgaResource}
    share = "in percent of one super logic region, a die of the part"
    return counts | {f"{entry}{_PERCENT}": f"{entry.label} {share}" for entry in FpgaResource}


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by name; ``resources/budgets.toml`` names the source of each."""
    found = tomllib.loads((files("trigforge.resources") / "budgets.toml").read_text(encoding="utf-8"))
    return {
        name: Preset(name, entry.pop("source"), {key: _KINDS[key](value) for key, value in entry.items()})
        for name, entry in found.items()
    }


def read_budget(table: TomlTable) -> Budget | None:
    """A table ``[budget]``, whose keys beside ``preset`` replace those of the preset; None where faults are noted."""
    preset = table.take("preset", str)
    limits: dict[str, int | float] = {}
    if preset is not None and preset in presets():
        limits |= presets()[preset].limits
    elif preset is not None:
        table.note(f"preset {preset!r} is unknown; {known_names(preset, presets())}")
    for key, kind in _KINDS.items():
        if (value := table.take(key, kind)) is not None:
            limits[key] = value
    table.finish()
    if table.faulty:
        return None
    counts = {entry: int(limits.pop(entry)) for entry in FpgaResource if entry in limits}
    shares = {entry: limits.pop(f"{entry}{_PERCENT}") for entry in FpgaResource if f"{entry}{_PERCENT}" in limits}
    own: dict[str, Any] = {**limits}
    try:
        return Budget(preset, resources=counts, percent_of_slr=shares, **own)
    except DesignError as error:
        table.note(*map(str, error.args))
        return None
