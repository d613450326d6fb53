"""``report.json``: a ``BuildReport`` as text and back. ``report.schema.json`` beside this file states the form."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, cast, get_args, get_origin

from trigforge.coverage import numbers_on_a_line
from trigforge.errors import ReportFormatError
from trigforge.files import save_output
from trigforge.reports.build_report import BuildReport, Design
from trigforge.reports.figures import Figure, Leaf, Missing, Provenance

_INTERVAL = ("low", "high", "outside_range")
"""The keys that only an estimate has."""

_PLAIN = {str: "text", int: "an integer", float: "a number", bool: "true or false", list: "a list", dict: "an object"}


def to_json(report: BuildReport) -> str:
    """The text of ``report.json``: UTF-8, two spaces, keys in the order of the classes, a list of whole numbers
    on one line, one newline at the end.

    ``latency`` and ``resources`` repeat those of ``report.principal`` and are not read back. A missing figure has
    ``value``, ``provenance`` and ``source`` null, its unit, and a ``reason``.
    """
    form: dict[str, Any] = {}
    for key, value in _form(report).items():
        form[key] = value
        if key == "verification":
            form |= {"latency": _form(report.latency), "resources": _form(report.resources)}
    return numbers_on_a_line(json.dumps(form, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def from_json(text: str, name: str = "report.json") -> BuildReport:
    """The report that ``to_json`` wrote; ``ReportFormatError`` names the key of ``name`` that is absent or wrong."""
    try:
        form: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReportFormatError(f"{name} is not JSON: {error}; write it again with 'trigforge synth'") from None
    try:
        return cast(BuildReport, _read(BuildReport, form, ""))
    except ReportFormatError as error:
        raise ReportFormatError(f"{name}: {error}") from None


def save_report(report: BuildReport, path: Path) -> None:
    """Write ``report.json`` whole or not at all; ``ProjectError`` if the folder cannot be written."""
    save_output(path, to_json(report))


def load_report(path: Path) -> BuildReport:
    """Read a ``report.json``; ``ReportFormatError`` if it is missing or not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportFormatError(f"cannot read {path}: {error.strerror}; 'trigforge synth' writes it") from None
    except UnicodeDecodeError:
        raise ReportFormatError(f"{path} is not text; write it again with 'trigforge synth'") from None
    return from_json(text, str(path))


def _form(value: Any, unit: str | None = None) -> Any:
    """``value`` as plain JSON; ``unit`` is what a missing figure would be counted in."""
    match value:
        case Missing(reason):
            return {"value": None, "unit": unit, "provenance": None, "source": None, "reason": reason}
        case StrEnum():
            return value.value
        case Mapping():
            return {str(key): _form(entry) for key, entry in cast(Mapping[Any, Any], value).items()}
        case tuple() | list():
            return [_form(entry) for entry in cast(list[Any], value)]
        case _ if is_dataclass(value):
            measured = isinstance(value, Figure) and value.provenance is not Provenance.ESTIMATED
            return {
                entry.name: _form(getattr(value, entry.name), entry.metadata.get("unit", getattr(value, "unit", None)))
                for entry in fields(value)
                if not (measured and entry.name in _INTERVAL)
            }
        case _:
            return value


def _read(kind: Any, value: object, path: str) -> Any:
    """The instance of ``kind``, the type of a field, that ``_form`` wrote as ``value``."""
    if kind == Leaf:
        return _read_leaf(value, path)
    if kind == Design:
        return _plain(value, dict, path)
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        return tuple(_read(arguments[0], entry, f"{path}[{n}]") for n, entry in enumerate(_plain(value, list, path)))
    if get_origin(kind) is Mapping:
        table = cast(dict[str, object], _plain(value, dict, path))
        return {
            _key(arguments[0], key, path): _read(arguments[1], entry, f"{path}.{key}") for key, entry in table.items()
        }
    if arguments:
        if value is None and NoneType in arguments:
            return None
        return _read_fields(arguments[0], value, path) if is_dataclass(arguments[0]) else _plain(value, kind, path)
    if issubclass(kind, StrEnum):
        if _plain(value, str, path) not in list(kind):
            raise ReportFormatError(f"{path} is {value!r}; known are {', '.join(kind)}")
        return kind(value)
    return _read_fields(kind, value, path) if is_dataclass(kind) else _plain(value, kind, path)


def _read_leaf(value: object, path: str) -> Leaf:
    table = cast(dict[str, object], _plain(value, dict, path))
    if _present(table, "value", path) is None:
        return _read_fields(Missing, table, path)
    estimated = table.get("provenance") == Provenance.ESTIMATED
    interval: dict[str, object] = {} if estimated else {"low": None, "high": None, "outside_range": False}
    return _read_fields(Figure, {**interval, **table}, path)


def _read_fields(kind: Any, value: object, path: str) -> Any:
    table = cast(dict[str, object], _plain(value, dict, path))
    entries = {
        entry.name: _read(entry.type, _present(table, entry.name, path), f"{path}.{entry.name}" if path else entry.name)
        for entry in fields(kind)
    }
    try:
        return kind(**entries)
    except ReportFormatError as error:
        raise ReportFormatError(f"{path}: {error}") from None


def _present(table: dict[str, object], key: str, path: str) -> object:
    if key not in table:
        raise ReportFormatError(f"{path or 'the report'} has no key {key!r}; write it again with 'trigforge synth'")
    return table[key]


def _key(kind: type, key: str, path: str) -> str | int:
    if kind is str:
        return key
    if not (key.isascii() and key.isdigit()):
        raise ReportFormatError(f"{path} has the key {key!r}; whole numbers belong there")
    return int(key)


def _plain(value: object, kind: Any, path: str) -> Any:
    """``value``, if JSON gave it as ``kind``; numbers must be finite, and whole ones are numbers too."""
    kinds = tuple(entry for entry in get_args(kind) if entry is not NoneType) or (kind,)
    number = kinds[-1] is float
    if (isinstance(value, bool) and bool not in kinds) or not isinstance(value, (*kinds, int) if number else kinds):
        raise ReportFormatError(f"{path or 'the report'} is {value!r}; {_PLAIN[kinds[-1]]} belongs there")
    if isinstance(value, float) and not math.isfinite(value):
        raise ReportFormatError(f"{path} is {value!r}; a finite number belongs there")
    return value
