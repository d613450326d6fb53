"""Design files: TOML with the tables ``[target]``, ``[hls]``, ``[rtl]``, ``[layers.NAME]``, ``[inputs.NAME]`` and
``[budget]``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from trigforge.design.budget import Budget, read_budget
from trigforge.design.point import DesignPoint, HlsDesign, InputDesign, LayerDesign, RtlDesign
from trigforge.design.targets import Fpga
from trigforge.errors import DesignError
from trigforge.toml_tables import TomlTable, load_toml, read_tables, shown

T = TypeVar("T", LayerDesign, InputDesign)


@dataclass(frozen=True)
class DesignFile:
    """A design point, and what must hold of the result: None where the file has no ``[budget]``."""

    point: DesignPoint = field(default_factory=DesignPoint)
    budget: Budget | None = None


_TABLES: dict[str, type[Fpga | HlsDesign | RtlDesign | LayerDesign | InputDesign]] = {
    "the table [target]": Fpga,
    "the table [hls]": HlsDesign,
    "the table [rtl]": RtlDesign,
    "a table [layers.NAME]": LayerDesign,
    "a table [inputs.NAME]": InputDesign,
}
"""the place of a key: the first whose kind has it"""


def load_design(path: str | Path) -> DesignFile:
    """Read a design file; every table and key is optional.

    Raises ``DesignError`` for a file that is missing or no TOML, and else one for all its faults: unknown keys, parts,
    strategies and presets, with the nearest names, wrong types, and values out of range.
    """
    return read_design(load_tables(Path(path)), f"design file {path}")


def load_tables(path: Path) -> dict[str, Any]:
    """The tables of a design file, not read yet; ``DesignError`` for one that is missing or no TOML."""
    return load_toml(path, "design file", DesignError)


def read_design(tables: Mapping[str, Any], where: str) -> DesignFile:
    """The design of what a file holds; ``DesignError``, which begins with ``where``, as from ``load_design``."""
    with read_tables(tables, where, DesignError) as file:
        target, hls, rtl = (
            file.table("target").read(Fpga),
            file.table("hls").read(HlsDesign),
            file.table("rtl").read(RtlDesign),
        )
        layers = file.table("layers")
        exceptions = dict(_named(layers, LayerDesign))
        arriving = file.table("inputs")
        inputs = dict(_named(arriving, InputDesign))
        limited = isinstance(file.left().get("budget"), dict)
        limits = file.table("budget")
        budget = read_budget(limits) if limited else None
        _note_misplaced(file, layers, arriving)
        file.finish()
    point = DesignPoint(target or Fpga(), hls or HlsDesign(), rtl or RtlDesign(), exceptions, inputs)
    return DesignFile(point, budget)


def _named(table: TomlTable, kind: type[T], above: str = "") -> Iterator[tuple[str, T]]:
    """Entries by the names of their tables; one in that of another has a name with a dot, ``outer.inner``."""
    for key in [key for key, value in table.left().items() if isinstance(value, dict)]:
        entry, name = table.table(key), f"{above}{key}"
        inside = list(_named(entry, kind, f"{name}."))
        found = entry.read(kind)
        if found is not None and not (inside and found == kind()):
            yield name, found
        yield from inside


def _note_misplaced(file: TomlTable, layers: TomlTable, inputs: TomlTable) -> None:
    """Keys above all tables that belong into one, and exceptions and inputs that are no tables."""
    for name, kind in _TABLES.items():
        for key in [entry.name for entry in fields(kind) if entry.name in file]:
            file.drop(key)
            file.note(f"{key} belongs into {name}; write it below that line")
    for key, value in layers.left().items():
        layers.note(f"{key} = {shown(value)} is no table; write the exceptions of a layer below a line [layers.{key}]")
    for key, value in inputs.left().items():
        inputs.note(f"{key} = {shown(value)} is no table; write the arrival of an input below a line [inputs.{key}]")
