"""A chamber from a file, for a detector other than ours."""

import math
import tomllib
from pathlib import Path
from typing import Any

from datasets.muon.chamber import Chamber, Gap, check
from datasets.muon.errors import MuonDataError

_TOP = {"channels": int, "axis_mrad": float, "stations": list, "gaps": list}
_GAP = {"z_m": float, "pitch_mm": float, "offset_channels": float}


def load_chamber(path: Path) -> Chamber:
    """The chamber of a TOML file: ``channels``, ``axis_mrad``, ``stations`` and a table ``[[gaps]]`` for each gap.

    The keys are the fields of ``Chamber`` and ``Gap``, in their units. Raises ``MuonDataError`` for a file that cannot
    be read, keys that are missing or unknown, and a chamber that cannot be built.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MuonDataError(f"chamber file {path}: {error.strerror}; give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MuonDataError(f"chamber file {path} is not TOML: {error}") from None
    top = _checked(table, _TOP, path, "")
    gaps = [_checked(entry, _GAP, path, f" of gap {number}") for number, entry in enumerate(top["gaps"], 1)]
    stations = top["stations"]
    if not all(type(count) is int for count in stations):
        raise MuonDataError(f"chamber file {path}: stations = {stations}; give the number of gaps of each station")
    chamber = Chamber(tuple(Gap(**gap) for gap in gaps), tuple(stations), top["channels"], top["axis_mrad"])
    check(chamber)
    return chamber


def _checked(table: Any, known: dict[str, type], path: Path, where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise MuonDataError(f"chamber file {path}: write each gap as a table [[gaps]], found {table!r}")
    for name in (*table, *known):
        if name not in known or name not in table:
            what = "unknown" if name not in known else "missing"
            raise MuonDataError(f"chamber file {path}: the key {name!r}{where} is {what}; give {', '.join(known)}")
    found: dict[str, Any] = {}
    for name, kind in known.items():
        value = table[name]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (kind is float and not math.isfinite(value)):
            raise MuonDataError(f"chamber file {path}: {name}{where} = {value!r}; give a value of type {kind.__name__}")
        found[name] = value
    return found
