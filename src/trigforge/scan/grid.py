"""Scan files and the designs of a grid: a scan file is a design file in which a list of values is an axis."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, cast

from trigforge.design import DesignFile, DesignPoint, read_design
from trigforge.errors import DesignError
from trigforge.toml_tables import TomlTable, read_toml, shown

Value = str | int | float | bool
"""One value of a key, as TOML gives it."""
Values = Mapping[str, Value]
"""The values of one design, by the name of the axis."""

SUFFIX = ".toml"
MOST_DESIGNS = 10_000
_OWN = "scan"
_VARIED = ("target", "rtl", "layers", "inputs")
_EXAMPLE = "target.clock_period_ns"


@dataclass(frozen=True)
class Axis:
    """A key of the design file (``("target", "clock_period_ns")``) and the values that it takes, each once.

    Raises ``DesignError`` for a key that changes no Verilog, and for values that are none or stand twice.
    """

    key: tuple[str, ...]
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise DesignError(*faults)

    def _faults(self) -> Iterator[str]:
        first = self.key[0]
        if first == "hls":
            yield f"{self.name} varies, but a scan maps the Verilog, which [hls] does not change; remove it"
        elif len(self.key) < 2 or first not in _VARIED:
            known = {entry.name: table for table in _VARIED[:2] for entry in fields(getattr(DesignPoint(), table))}
            right = f"{known[first]}.{first}" if first in known else f"a key of a design file, as in {_EXAMPLE}"
            yield f"{self.name} cannot vary; write {right}"
        if not self.values:
            yield f"{self.name} has no values; give at least one"
        given = cast(tuple[object, ...], self.values)
        if odd := [value for value in given if not isinstance(value, str | int | float | bool)]:
            yield f"{self.name} = {shown(odd[0])} is no single value; give a list of numbers or texts"
        elif twice := [value for n, value in enumerate(self.values) if value in self.values[:n]]:
            yield f"{self.name} has the value {shown(twice[0])} twice; keep one"

    @property
    def name(self) -> str:
        """The key as it is written, ``target.clock_period_ns``."""
        return ".".join(self.key)


@dataclass(frozen=True)
class ScanFile:
    """A grid: ``networks`` (files, patterns, names of model folders; files below ``folder``), the ``design`` file that
    the grid starts from, ``tables`` of a design file that replace keys of it, and the ``axes``."""

    folder: Path = Path()
    networks: tuple[str, ...] = ()
    design: Path | None = None
    tables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    axes: tuple[Axis, ...] = ()


@dataclass(frozen=True)
class GridDesign:
    """One design of a grid, ``number`` from 1: its ``values``, and what they make, or the reason of a refusal."""

    number: int
    values: Values
    made: DesignFile | str


def read_scan(path: Path) -> ScanFile:
    """Read a scan file; ``DesignError`` with all faults that it has as such. Keys of designs are read with each."""
    with read_toml(path, "scan file", DesignError) as file:
        own = file.table(_OWN)
        networks = _networks(own)
        design = own.take("design", str)
        own.finish()
        tables: dict[str, Any] = {}
        axes = tuple(_axes(file, file.left(), (), tables))
    return ScanFile(path.parent, networks, path.parent / design if design else None, tables, axes)


def parse_axis(text: str) -> Axis:
    """``target.clock_period_ns=2.5,5`` as an axis; ``DesignError`` for another form."""
    name, equals, values = text.partition("=")
    key = tuple(part.strip().strip("\"'") for part in name.split("."))
    if not equals or not all(key):
        raise DesignError(f"--vary {text!r} names no values; write KEY=A,B,..., as in {_EXAMPLE}=2.5,5")
    return Axis(key, tuple(_value(word.strip()) for word in values.split(",") if word.strip()))


def designs(base: Mapping[str, Any], axes: Sequence[Axis], where: str) -> tuple[GridDesign, ...]:
    """Every combination of values, the last axis fastest, in the tables ``base`` of a design file.

    Each is read and checked as a design file. Raises ``DesignError``, which begins with ``where``, if that refuses all
    of them, and for more than ``MOST_DESIGNS``.
    """
    count = prod(len(axis.values) for axis in axes)
    if count > MOST_DESIGNS:
        raise DesignError(f"{where}: the axes make {count:,} designs, at most {MOST_DESIGNS:,} are scanned; vary less")
    found: list[GridDesign] = []
    errors: list[DesignError] = []
    for number, values in enumerate(product(*(axis.values for axis in axes)), 1):
        named = {axis.name: value for axis, value in zip(axes, values, strict=True)}
        try:
            made: DesignFile | str = read_design(_filled(base, axes, values), where)
        except DesignError as error:
            errors.append(error)
            made = _in_one_line(error, where)
        found.append(GridDesign(number, named, made))
    if len(errors) == count:
        raise errors[0]
    return tuple(found)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of two files, key by key; those of ``above`` count where both have one."""
    found = dict(below)
    for key, value in above.items():
        inside = found.get(key)
        both = isinstance(inside, dict) and isinstance(value, dict)
        found[key] = merged(cast(dict[str, Any], inside), cast(dict[str, Any], value)) if both else value
    return found


def _networks(own: TomlTable) -> tuple[str, ...]:
    found = own.any("networks")
    names = cast(list[object], found) if isinstance(found, list) else [found]
    if found is not None and not (names and all(isinstance(name, str) and name for name in names)):
        own.note(f'networks = {shown(cast(object, found))} should be a list of model files, as in ["front/*.keras"]')
    return tuple(name for name in names if isinstance(name, str))


def _axes(file: TomlTable, entries: Mapping[str, Any], key: tuple[str, ...], tables: dict[str, Any]) -> Iterator[Axis]:
    """The lists among the entries of a table as axes; all else goes to ``tables``."""
    for name, value in entries.items():
        if isinstance(value, dict):
            yield from _axes(file, cast(dict[str, Any], value), (*key, name), tables.setdefault(name, {}))
        elif isinstance(value, list) and key[:1] != ("budget",):
            try:
                yield Axis((*key, name), tuple(cast(list[Value], value)))
            except DesignError as error:
                file.note(*map(str, error.args))
        else:
            tables[name] = value


def _filled(base: Mapping[str, Any], axes: Sequence[Axis], values: Sequence[Value]) -> dict[str, Any]:
    tables = deepcopy(dict(base))
    for axis, value in zip(axes, values, strict=True):
        table = tables
        for part in axis.key[:-1]:
            inside = table.setdefault(part, {})
            if not isinstance(inside, dict):
                break  # the reader says that it should be a table
            table = cast(dict[str, Any], inside)
        else:
            table[axis.key[-1]] = value
    return tables


def _in_one_line(error: DesignError, where: str) -> str:
    """The faults of one design, without the file, which all have in common."""
    heading, *faults = str(error).removeprefix(f"{where}: ").splitlines()
    return "; ".join(" ".join(fault.split()) for fault in faults or [heading])


def _value(word: str) -> Value:
    """A word of the command line as TOML reads it, else a text."""
    try:
        return cast(Value, tomllib.loads(f"value = {word}")["value"])
    except tomllib.TOMLDecodeError:
        return word
