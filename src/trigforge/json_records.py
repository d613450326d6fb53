"""``Codec``: JSON of frozen dataclasses and back, and the JSON schema of that form."""

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from enum import StrEnum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Annotated, Any, cast, get_args, get_origin

from trigforge.errors import ReportFormatError, TrigforgeError

Count = Annotated[int, {"minimum": 0}]
"""A whole number from 0 on. What follows a type in ``Annotated`` goes to the schema."""

OPTIONAL = {"optional": True}
"""The metadata of a field that files may lack, as those do that were written before it was thought of."""

_WORDS = {str: "text", int: "an integer", float: "a number", bool: "true or false", list: "a list", dict: "an object"}
_SCHEMAS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_NUMBERS = re.compile(r"\[\n\s*([-\d,\s]+?)\n\s*\]")


@dataclass(frozen=True)
class Codec:
    """Reader and writer of one kind of file: ``what`` it holds and the ``command`` that writes it.

    A field is a text, number, truth value, ``StrEnum`` or dataclass, a tuple or ``Mapping`` of these, or None. The key
    of a ``Mapping`` is a text or whole number; an unresolved type (a text) stands for any JSON. A subclass adds what
    has another form. A field whose metadata is ``OPTIONAL`` is left out of the form where it holds its default.
    """

    what: str
    command: str

    def form(self, value: Any, unit: str | None = None) -> Any:
        """``value`` as plain JSON; ``unit`` is that of the field that holds it, from its metadata or its class."""
        match value:
            case StrEnum():
                return value.value
            case Mapping():
                return {str(key): self.form(entry) for key, entry in cast(Mapping[Any, Any], value).items()}
            case tuple() | list():
                return [self.form(entry) for entry in cast(list[Any], value)]
            case _ if is_dataclass(value):
                return {
                    entry.name: self.form(
                        getattr(value, entry.name), entry.metadata.get("unit", getattr(value, "unit", None))
                    )
                    for entry in fields(value)
                    if not (_is_optional(entry) and getattr(value, entry.name) == entry.default)
                }
            case _:
                return value

    def parse(self, kind: type[Any], text: str, name: str) -> Any:
        """The ``kind`` whose form is ``text``; ``ReportFormatError`` names the key of the file ``name`` that is absent
        or wrong."""
        try:
            form: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ReportFormatError(f"{name} is not JSON: {error}; {self._again}") from None
        try:
            return self.read(kind, form, "")
        except ReportFormatError as error:
            raise ReportFormatError(f"{name}: {error}") from None

    def read(self, kind: Any, value: object, path: str) -> Any:
        """The value of the type ``kind`` that ``form`` wrote."""
        arguments, origin = get_args(kind), get_origin(kind)
        if isinstance(kind, str):
            return value
        if origin is Annotated:
            return self.read(arguments[0], value, path)
        if origin is tuple:
            entries = cast(list[object], self.plain(value, (list,), path))
            return tuple(self.read(arguments[0], entry, f"{path}[{n}]") for n, entry in enumerate(entries))
        if origin is Mapping:
            table = cast(dict[str, object], self.plain(value, (dict,), path))
            return {
                _key(arguments[0], key, path): self.read(arguments[1], entry, f"{path}.{key}")
                for key, entry in table.items()
            }
        if isinstance(kind, UnionType):
            kinds = tuple(entry for entry in arguments if entry is not NoneType)
            if value is None and len(kinds) < len(arguments):
                return None
            return self.read(kinds[0], value, path) if len(kinds) == 1 else self.plain(value, kinds, path)
        if is_dataclass(kind):
            return self.read_fields(kind, value, path)
        if issubclass(kind, StrEnum):
            if self.plain(value, (str,), path) not in list(kind):
                raise ReportFormatError(f"{path} is {value!r}; known are {', '.join(kind)}")
            return kind(value)
        return self.plain(value, (kind,), path)

    def read_fields(self, kind: Any, value: object, path: str) -> Any:
        """The dataclass ``kind`` from its table; keys that are not its own are left unread."""
        table = cast(dict[str, object], self.plain(value, (dict,), path))
        entries = {
            entry.name: self.read(entry.type, self.present(table, entry.name, path), f"{path}.{entry.name}".lstrip("."))
            for entry in fields(kind)
            if entry.name in table or not _is_optional(entry)
        }
        return self.made(kind, entries, path)

    def made(self, kind: Any, entries: Mapping[str, object], path: str) -> Any:
        """The dataclass ``kind`` of these fields, with what it refuses."""
        try:
            return kind(**entries)
        except TrigforgeError as error:
            raise ReportFormatError(f"{path}: {error}") from None

    def present(self, table: Mapping[str, object], key: str, path: str) -> object:
        """The entry of a key that must be there."""
        if key not in table:
            raise ReportFormatError(f"{path or f'the {self.what}'} has no key {key!r}; {self._again}")
        return table[key]

    def plain(self, value: object, kinds: tuple[type[Any], ...], path: str) -> Any:
        """``value``, if JSON gave it as one of ``kinds``; numbers must be finite, and whole ones are numbers too."""
        wide = (*kinds, int) if float in kinds else kinds
        if (isinstance(value, bool) and bool not in kinds) or not isinstance(value, wide):
            raise ReportFormatError(f"{path or f'the {self.what}'} is {value!r}; {_WORDS[kinds[-1]]} belongs there")
        if isinstance(value, float) and not math.isfinite(value):
            raise ReportFormatError(f"{path} is {value!r}; a finite number belongs there")
        return value

    @property
    def _again(self) -> str:
        return f"write it again with '{self.command}'"

    def schema(self, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of a type; that of each dataclass goes to ``definitions`` under the name of the class."""
        arguments, origin = get_args(kind), get_origin(kind)
        if isinstance(kind, str):
            return {}
        if origin is Annotated:
            return {**self.schema(arguments[0], definitions), **arguments[1]}
        if origin is tuple:
            return {"type": "array", "items": self.schema(arguments[0], definitions)}
        if origin is Mapping:
            keys = {"propertyNames": {"pattern": "^[0-9]+$"}} if arguments[0] is int else {}
            return {"type": "object", **keys, "additionalProperties": self.schema(arguments[1], definitions)}
        if isinstance(kind, UnionType):
            kinds = [entry for entry in arguments if not (entry is int and float in arguments)]
            forms = [self.schema(entry, definitions) for entry in kinds]
            return forms[0] if len(forms) == 1 else {"anyOf": forms}
        if kind is NoneType:
            return {"type": "null"}
        if is_dataclass(kind):
            name = cast(type[Any], kind).__name__
            definitions[name] = {
                "description": described(cast(type[Any], kind)),
                **table_schema(
                    {entry.name: self.schema(entry.type, definitions) for entry in fields(kind)},
                    optional={entry.name for entry in fields(kind) if _is_optional(entry)},
                ),
            }
            return {"$ref": f"#/$defs/{name}"}
        return {"enum": list(kind)} if issubclass(kind, StrEnum) else {"type": _SCHEMAS[kind]}


def described(kind: type[Any]) -> str:
    """The docstring of a class on one line, as schemas quote it."""
    return " ".join((getdoc(kind) or "").replace("``", "`").split())


def table_schema(properties: Mapping[str, Any], optional: Collection[str] = ()) -> dict[str, Any]:
    """The schema of an object with just these properties, of which it may lack the ``optional`` ones."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": dict(properties),
    }


def print_json(form: Any, indent: int, *, ensure_ascii: bool = False) -> str:
    """Indented JSON with each list of whole numbers on one line, and one newline at the end."""
    text = json.dumps(form, indent=indent, ensure_ascii=ensure_ascii, allow_nan=False)
    return _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def _is_optional(entry: Field[Any]) -> bool:
    return entry.metadata.get("optional", False)


def _key(kind: type, key: str, path: str) -> str | int:
    if kind is str:
        return key
    if not (key.isascii() and key.isdigit()):
        raise ReportFormatError(f"{path} has the key {key!r}; whole numbers belong there")
    return int(key)
