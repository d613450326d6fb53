"""``report.json``: a ``BuildReport`` as text and back. ``report.schema.json`` beside this file states the form."""

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from trigforge.errors import ProjectError, ReportFormatError
from trigforge.reports.figures import BuildReport, Figure, Latency, Leaf, Missing, Provenance, Resources, Verification

Object = Mapping[str, Any]
Group = TypeVar("Group", Latency, Resources)
Value = TypeVar("Value")


def to_json(report: BuildReport) -> str:
    """The text of ``report.json``: UTF-8, two spaces, keys in the order of the classes, one newline at the end.

    A missing figure has ``value``, ``provenance`` and ``source`` null, its unit, and a ``reason``.
    """
    form = {
        "model": report.model,
        "graph_digest": report.graph_digest,
        "design": report.design,
        "verification": [asdict(entry) for entry in report.verification],
        "latency": _group_form(report.latency),
        "resources": _group_form(report.resources),
        "environment": dict(report.environment),
    }
    return json.dumps(form, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str, name: str = "report.json") -> BuildReport:
    """The report that ``to_json`` wrote; ``ReportFormatError`` names the key of ``name`` that is absent or wrong."""
    try:
        form: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReportFormatError(f"{name} is not JSON: {error}; write it again with 'trigforge synth'") from None
    table = _object(form, name)
    return BuildReport(
        model=_entry(table, "model", str, name),
        graph_digest=_entry(table, "graph_digest", str, name),
        design=_object(_present(table, "design", name), f"{name}: design"),
        verification=tuple(
            _verification(_object(entry, where), where)
            for index, entry in enumerate(cast(list[object], _entry(table, "verification", list, name)))
            for where in [f"{name}: verification[{index}]"]
        ),
        latency=_group(Latency, table, "latency", name),
        resources=_group(Resources, table, "resources", name),
        environment={
            key: _typed(version, str, f"{name}: environment.{key}")
            for key, version in _object(_present(table, "environment", name), f"{name}: environment").items()
        },
    )


def save_report(report: BuildReport, path: Path) -> None:
    """Write ``report.json`` whole or not at all; ``ProjectError`` if the folder cannot be written."""
    text = to_json(report)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ProjectError(f"cannot write {path}: {error.strerror}; choose another folder with --out") from None


def load_report(path: Path) -> BuildReport:
    """Read a ``report.json``; ``ReportFormatError`` if it is missing or not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportFormatError(f"cannot read {path}: {error.strerror}; 'trigforge synth' writes it") from None
    except UnicodeDecodeError:
        raise ReportFormatError(f"{path} is not text; write it again with 'trigforge synth'") from None
    return from_json(text, str(path))


def _group_form(group: Latency | Resources) -> dict[str, dict[str, Any]]:
    return {name: _leaf_form(leaf, unit) for name, unit, leaf in group.leaves()}


def _leaf_form(leaf: Leaf, unit: str) -> dict[str, Any]:
    match leaf:
        case Figure(value, unit, provenance, source):
            return {"value": value, "unit": unit, "provenance": provenance.value, "source": source}
        case Missing(reason):
            return {"value": None, "unit": unit, "provenance": None, "source": None, "reason": reason}


def _group(kind: type[Group], table: Object, key: str, name: str) -> Group:
    where = f"{name}: {key}"
    entries = _object(_present(table, key, name), where)
    return kind(
        **{
            leaf: _leaf(_object(_present(entries, leaf, where), f"{where}.{leaf}"), f"{where}.{leaf}")
            for leaf in kind.units()
        }
    )


def _leaf(form: Object, where: str) -> Leaf:
    value = _present(form, "value", where)
    if value is None:
        return Missing(_entry(form, "reason", str, where))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ReportFormatError(f"{where}.value is {value!r}; a number or null belongs there")
    provenance = _entry(form, "provenance", str, where)
    if provenance not in list(Provenance):
        raise ReportFormatError(f"{where}.provenance is {provenance!r}; known are {', '.join(Provenance)}")
    return Figure(value, _entry(form, "unit", str, where), Provenance(provenance), _entry(form, "source", str, where))


def _verification(form: Object, where: str) -> Verification:
    kinds: dict[str, type] = {"simulator": str, "events": int, "outputs": int, "mismatches": int}
    return Verification(
        **{field.name: _entry(form, field.name, kinds[field.name], where) for field in fields(Verification)}
    )


def _object(value: object, where: str) -> Object:
    return cast(Object, _typed(value, dict, where))


def _entry(table: Object, key: str, kind: Callable[..., Value], where: str) -> Value:
    return _typed(_present(table, key, where), kind, f"{where}.{key}")


def _present(table: Object, key: str, where: str) -> object:
    if key not in table:
        raise ReportFormatError(f"{where} has no key {key!r}; write it again with 'trigforge synth'")
    return table[key]


def _typed(value: object, kind: Callable[..., Value], where: str) -> Value:
    if not isinstance(value, cast(type, kind)) or isinstance(value, bool):
        names = {str: "text", int: "an integer", list: "a list", dict: "an object"}
        raise ReportFormatError(f"{where} is {value!r}; {names[cast(type, kind)]} belongs there")
    return cast(Value, value)
