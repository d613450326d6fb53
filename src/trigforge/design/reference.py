"""The keys of a design file: a reference for people, a schema for editors, and a file to begin with."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_type_hints

from trigforge.design.budget import Budget, limits_of_resources, presets
from trigforge.design.meaning import meaning_of
from trigforge.design.point import HlsDesign, InputDesign, LayerDesign, RtlDesign
from trigforge.design.targets import Fpga
from trigforge.resources.parts import FpgaResource
from trigforge.toml_tables import dotted_key, quoted

_TABLES: dict[str, type] = {
    "target": Fpga,
    "hls": HlsDesign,
    "rtl": RtlDesign,
    "layers.NAME": LayerDesign,
    "inputs.NAME": InputDesign,
    "budget": Budget,
}
_WIDTH = 110
_RARE = {f"{entry}{end}" for entry in FpgaResource if entry not in Fpga.shown_first for end in ("", "_percent_of_slr")}
"""limits that a file to begin with leaves out"""


@dataclass(frozen=True)
class Key:
    """A key of a table: the kind of its value (``str``, ``int``, ``float``, ``bool`` or a ``StrEnum``), its default,
    None where there is none, its meaning, and the page on it."""

    table: str
    name: str
    kind: type
    default: Any
    meaning: str
    see: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The values there are, where they are few."""
        return tuple(self.kind.__members__) if issubclass(self.kind, StrEnum) else ()

    @property
    def spelt(self) -> str:
        """The default as TOML has it; an empty text where there is none."""
        if self.default is None:
            return ""
        return {True: "true", False: "false"}.get(self.default, "") if self.kind is bool else _toml(self.default)


def keys() -> tuple[Key, ...]:
    """All keys, in the order of the tables of a design file."""
    return tuple(key for table, kind in _TABLES.items() for key in _keys(table, kind))


def _keys(table: str, kind: type) -> Iterator[Key]:
    hints = get_type_hints(kind)
    for entry in fields(kind):
        if "meaning" in entry.metadata:
            hint = hints[entry.name]
            plain = next((one for one in get_args(hint) if one is not NoneType), hint)
            yield Key(table, entry.name, plain, entry.default, *meaning_of(entry.metadata))
    if kind is Budget:
        for name, meaning in limits_of_resources().items():
            yield Key(table, name, float if "percent" in name else int, None, meaning, "budget.md")


def reference() -> str:
    """A table in Markdown with a row a key; the limits of a budget have a page of their own."""
    rows = ["| key | default | values | meaning |", "|---|---|---|---|"]
    for key in keys():
        if key.table != "budget":
            see = f" ([more]({key.see}))" if key.see else ""
            values = " ".join(f"`{choice}`" for choice in key.choices)
            default = f"`{key.spelt}`" if key.spelt else ""
            rows.append(f"| `{key.table}.{key.name}` | {default} | {values} | {key.meaning}{see} |")
    return "\n".join(rows)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a design file, by which editors complete and check its keys."""
    tables: dict[str, Any] = {}
    for table, found in _by_table().items():
        first, dot, _ = table.partition(".")
        within = {"type": "object"} if dot else False  # a name with a dot is a table in a table
        values = {key.name: _of_value(key) for key in found}
        entry: dict[str, Any] = {"type": "object", "properties": values, "additionalProperties": within}
        tables[first] = {"type": "object", "additionalProperties": entry} if dot else entry
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trigforge design file",
        "type": "object",
        "additionalProperties": False,
        "properties": tables,
    }


_JSON_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _of_value(key: Key) -> dict[str, Any]:
    values: dict[str, Any] = {"type": _JSON_KINDS.get(key.kind, "string")}
    if key.choices:  # listed for completion; the reader takes them in any case, with blanks or hyphens
        spelt = "|".join("".join("[_ -]" if c == "_" else f"[{c}{c.lower()}]" for c in name) for name in key.choices)
        values |= {"anyOf": [{"enum": [*key.choices]}, {"pattern": f"^({spelt})$"}]}
    default = {} if key.default is None else {"default": str(key.default) if key.choices else key.default}
    return {"description": key.meaning, **values, **default}


def template(layers: Sequence[str], inputs: Sequence[str]) -> str:
    """A design file that sets nothing yet: each key is a comment below its meaning, at its default; of ``layers`` and
    ``inputs`` there may be exceptions."""
    lines = ["# How this network is built. Nothing here changes an output bit. Remove the # in front of what you set."]
    for table, found in _by_table().items():
        named = {"layers.NAME": layers, "inputs.NAME": inputs}.get(table)
        if named is not None and not named:
            continue
        lines.append("")
        if named is not None:
            lines += _wrapped("exceptions of " + ", ".join(map(dotted_key, named)))
            table = table.replace("NAME", dotted_key(named[0]))
        lines.append(f"[{table}]" if named is None and table != "budget" else f"#[{table}]")
        for key in found:
            if key.name not in _RARE:
                of = f" ({', '.join(key.choices)})" if key.choices else ""
                lines += _wrapped(f"{key.meaning}{of}")
                lines.append(f"#{key.name} = {key.spelt or _example(key)}")
    return "\n".join([*lines, ""])


def _example(key: Key) -> str:
    """A value of a key that has no default."""
    if key.name == "preset":
        return _toml(next(iter(presets())))
    return _toml(key.choices[0]) if key.choices else "1"


def _by_table() -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = {}
    for key in keys():
        found.setdefault(key.table, []).append(key)
    return found


def _wrapped(comment: str) -> list[str]:
    return textwrap.wrap(comment, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _toml(value: object) -> str:
    return quoted(value) if isinstance(value, str) else str(value)
