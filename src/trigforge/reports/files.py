"""``report.json``: a ``BuildReport`` as text and back. ``report.schema.json`` beside this file states the form."""

from pathlib import Path
from typing import Any, cast

from trigforge.design import Fpga
from trigforge.errors import ReportFormatError
from trigforge.files import save_output
from trigforge.json_records import Codec, described, print_json, table_schema
from trigforge.reports.build_report import BuildReport
from trigforge.reports.figures import Figure, Latency, Leaf, Missing, Provenance, Resources

_INTERVAL = ("low", "high", "outside_range")
"""The keys that only an estimate has."""


def to_json(report: BuildReport) -> str:
    """The text of ``report.json``: UTF-8, two spaces, keys in the order of the classes, a list of whole numbers
    on one line, one newline at the end.

    ``latency`` and ``resources`` repeat those of ``report.principal`` and are not read back. A missing figure has
    ``value``, ``provenance`` and ``source`` null, its unit, and a ``reason``.
    """
    repeated = {"latency": _CODEC.form(report.latency), "resources": _CODEC.form(report.resources)}
    return print_json(_with_repeated(_CODEC.form(report), repeated), 2)


def from_json(text: str, name: str = "report.json") -> BuildReport:
    """The report that ``to_json`` wrote; ``ReportFormatError`` names the key of ``name`` that is absent or wrong."""
    return _CODEC.parse(BuildReport, text, name)


def save_report(report: BuildReport, path: str | Path) -> None:
    """Write ``report.json`` whole or not at all; ``ProjectError`` if the folder cannot be written."""
    save_output(Path(path), to_json(report))


def load_report(path: str | Path) -> BuildReport:
    """Read a ``report.json``; ``ReportFormatError`` if it is missing or not one."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ReportFormatError(f"cannot read {path}: {error.strerror}; 'trigforge synth' writes it") from None
    except UnicodeDecodeError:
        raise ReportFormatError(f"{path} is not text; write it again with 'trigforge synth'") from None
    return from_json(text, str(path))


def print_schema() -> str:
    """The text of ``report.schema.json``, from the classes of a report and their docstrings."""
    definitions: dict[str, Any] = {}
    _CODEC.schema(BuildReport, definitions)
    report = definitions.pop("BuildReport")
    optional = set(report["properties"]) - set(report["required"])
    repeated = {group.__name__.lower(): _CODEC.schema(group, definitions) for group in (Latency, Resources)}
    form = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "report.json of trigforge",
        "description": report["description"],
        **table_schema(_with_repeated(report["properties"], repeated), optional),
        "$defs": definitions,
    }
    return print_json(form, 2)


def _with_repeated(form: dict[str, Any], repeated: dict[str, Any]) -> dict[str, Any]:
    """The entries of a report, with those of its principal implementation behind ``verification``."""
    first = list(form).index("verification") + 1
    entries = list(form.items())
    return {**dict(entries[:first]), **repeated, **dict(entries[first:])}


class FigureCodec(Codec):
    """As ``Codec``; a ``Leaf`` has the keys of a figure, an estimate or a missing one, ``Resources`` those of their
    technology."""

    def form(self, value: Any, unit: str | None = None) -> Any:
        if isinstance(value, Missing):
            return {"value": None, "unit": unit, "provenance": None, "source": None, "reason": value.reason}
        if isinstance(value, Resources):
            return {resource.value: self.form(leaf, resource.unit) for resource, leaf in value.figures.items()}
        form = super().form(value, unit)
        if isinstance(value, Figure) and value.provenance is not Provenance.ESTIMATED:
            return {key: entry for key, entry in form.items() if key not in _INTERVAL}
        return form

    def read(self, kind: Any, value: object, path: str) -> Any:
        if kind is Resources:
            counts = cast(dict[str, object], self.plain(value, (dict,), path))
            figures = {
                entry: self.read(Leaf, self.present(counts, entry, path), f"{path}.{entry}") for entry in Fpga.resources
            }
            return self.made(Resources, {"figures": figures}, path)
        if kind != Leaf:
            return super().read(kind, value, path)
        table = cast(dict[str, object], self.plain(value, (dict,), path))
        if self.present(table, "value", path) is None:
            return self.read_fields(Missing, table, path)
        estimated = table.get("provenance") == Provenance.ESTIMATED
        interval: dict[str, object] = {} if estimated else {"low": None, "high": None, "outside_range": False}
        return self.read_fields(Figure, {**interval, **table}, path)

    def schema(self, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
        if kind is Resources:
            leaf = self.schema(Leaf, definitions)
            definitions["Resources"] = {
                "description": described(Resources),
                **table_schema({entry.value: leaf for entry in Fpga.resources}),
            }
            return {"$ref": "#/$defs/Resources"}
        if kind != Leaf:
            return super().schema(kind, definitions)
        number, text, null = {"type": "number"}, {"type": "string"}, {"type": "null"}
        others = [entry for entry in Provenance if entry is not Provenance.ESTIMATED]
        figure = {"value": number, "unit": text, "provenance": {"enum": others}, "source": text}
        interval = {"low": number, "high": number, "outside_range": {"type": "boolean"}}
        estimate = {**figure, "provenance": {"const": Provenance.ESTIMATED}, **interval}
        reason = {"type": "string", "minLength": 1}
        missing = {"value": null, "unit": text, "provenance": null, "source": null, "reason": reason}
        definitions["Leaf"] = {"oneOf": [table_schema(form) for form in (figure, estimate, missing)]}
        return {"$ref": "#/$defs/Leaf"}


_CODEC = FigureCodec("report", "trigforge synth")
