"""``DesignPoint``: how a graph is built. No field of it may change one output bit."""

import re
import tomllib
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from trigforge.errors import DesignError
from trigforge.resources import parts


class Backend(StrEnum):
    """The vendor tool whose dialect of HLS C++ is written."""

    VITIS = "VITIS"
    VIVADO = "VIVADO"


class Strategy(StrEnum):
    """The hardware that a layer's multiplications become."""

    LATENCY = "LATENCY"
    """all at once, pipelined"""
    RESOURCE = "RESOURCE"
    """multipliers reused ``reuse_factor`` times"""
    DISTRIBUTED_ARITHMETIC = "DISTRIBUTED_ARITHMETIC"
    """adder graphs without multipliers"""


class Multipliers(StrEnum):
    """The Verilog of a product of two variables; products with constants are always adders."""

    LUT = "LUT"
    """look-up tables and carry chains"""
    DSP = "DSP"
    """DSP slices, where the product is wide enough to be worth one"""


@dataclass(frozen=True)
class LayerDesign:
    """The choices for one layer; None leaves that of the design point."""

    strategy: Strategy | None = None
    reuse_factor: int | None = None


@dataclass(frozen=True)
class DesignPoint:
    """Part, clock and strategy; ``layers`` holds pairs of node name and exception.

    ``backend``, ``strategy``, ``reuse_factor`` and ``layers`` shape the HLS C++, ``stage_delay_ns`` and ``multipliers``
    the Verilog: a pipeline stage holds as much logic as its delay, by the model of ``rtl.delays``, stays below
    ``stage_delay_ns``; None derives that from the clock period.
    """

    part: str = "xcvu13p-flga2577-2-e"
    clock_period_ns: float = 5.0
    stage_delay_ns: float | None = None
    multipliers: Multipliers = Multipliers.LUT
    backend: Backend = Backend.VITIS
    strategy: Strategy = Strategy.LATENCY
    reuse_factor: int = 1
    layers: tuple[tuple[str, LayerDesign], ...] = ()

    def __post_init__(self) -> None:
        parts.find(self.part)
        if not 0.5 <= self.clock_period_ns <= 1000:
            raise DesignError(f"clock_period_ns = {self.clock_period_ns} is outside 0.5 to 1000 ns")
        if self.stage_delay_ns is not None and not self.stage_delay_ns > 0:
            raise DesignError(f"stage_delay_ns = {self.stage_delay_ns} is no delay; give nanoseconds above 0")
        for where, factor in (("", self.reuse_factor), *((f" of layer {n!r}", d.reuse_factor) for n, d in self.layers)):
            if factor is not None and factor < 1:
                raise DesignError(f"reuse_factor{where} = {factor}; it counts uses of one multiplier and is at least 1")

    def layer(self, name: str) -> tuple[Strategy, int]:
        """Strategy and reuse factor of one node."""
        exception = dict(self.layers).get(name, LayerDesign())
        return exception.strategy or self.strategy, exception.reuse_factor or self.reuse_factor


def load_design(path: Path) -> DesignPoint:
    """Read a design file (TOML with the fields of ``DesignPoint``; ``[layers.NAME]`` for exceptions).

    ``[budget]`` is left to ``reports.budget``: it says what must hold, not how the graph is built.

    Raises ``DesignError`` for a file that is missing or no TOML, an unknown key, part or strategy, or a wrong type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DesignError(f"design file {path}: {error.strerror}; give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DesignError(f"design file {path} is not TOML: {error}") from None
    exceptions = table.pop("layers", {})
    table.pop("budget", None)
    if not isinstance(exceptions, dict):
        raise DesignError(
            f"design file {path}: write exceptions as [layers.NAME] tables, found layers = {exceptions!r}"
        )
    layers: list[tuple[str, LayerDesign]] = []
    for name, entry in cast(dict[str, Any], exceptions).items():
        if not isinstance(entry, dict):
            raise DesignError(f"design file {path}: write exceptions as [layers.NAME] tables, found {name} = {entry!r}")
        layers.append((name, LayerDesign(**_checked(cast(dict[str, Any], entry), LayerDesign, path))))
    return DesignPoint(**_checked(table, DesignPoint, path), layers=tuple(layers))


_READERS: dict[str, type[StrEnum] | type[float] | type[int] | type[str]] = {
    "part": str,
    "clock_period_ns": float,
    "stage_delay_ns": float,
    "multipliers": Multipliers,
    "backend": Backend,
    "strategy": Strategy,
    "reuse_factor": int,
}


def _checked(table: dict[str, Any], owner: type[DesignPoint] | type[LayerDesign], path: Path) -> dict[str, Any]:
    known = [field.name for field in fields(owner) if field.name in _READERS]
    out: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise DesignError(f"design file {path}: unknown key {key!r}; known are {', '.join(known)}")
        out[key] = _read_value(key, value, path)
    return out


def _read_value(key: str, value: Any, path: Path) -> Any:
    reader = _READERS[key]
    allowed = (int, float) if reader is float else int if reader is int else str
    if not isinstance(value, allowed) or isinstance(value, bool):
        raise DesignError(f"design file {path}: {key} = {value!r} should be a {reader.__name__}")
    if not issubclass(reader, StrEnum):
        return reader(value)
    spelling = re.sub(r"[ -]", "_", str(value)).upper()
    if spelling not in reader.__members__:
        raise DesignError(f"design file {path}: {key} = {value!r}; known are {', '.join(reader.__members__)}")
    return reader[spelling]
