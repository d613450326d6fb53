"""Graphs as plain data and back, by the fields of their dataclasses: the one codec that text and file form share.

Plain data are ``dict``, ``list``, ``int``, ``str``, ``None`` and, as leaves, ``Integers``, ``FixedArray`` and
``FixedTypes``. A dataclass becomes a dict of its fields, an op a dict that begins with its class under the key
``"op"``. A field at its default is left out, so that digests outlive options that ops learn later; so is a private one.
"""

from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from trigforge.errors import GraphError, GraphFormatError
from trigforge.fixed import FixedArray, FixedTypes, Integers
from trigforge.graph.equation import Equation
from trigforge.graph.inputs import GraphInput
from trigforge.graph.kinds import OPS
from trigforge.graph.ops import Node, Op

Leaf = Integers | FixedArray | FixedTypes
Plain = int | str | None | Leaf | list["Plain"] | dict[str, "Plain"]
T = TypeVar("T")

OP_KEY = "op"

_NAMES: dict[Any, str] = {int: "an integer", str: "a string"}


def to_plain(value: object) -> Plain:
    """``value`` (a graph, or any part of one) as plain data; enumerations stay members, which are strings."""
    match value:
        case int() | str() | None | Integers() | FixedArray() | FixedTypes():
            return value
        case Equation():
            return str(value)
        case tuple():
            return [to_plain(item) for item in cast(tuple[object, ...], value)]
        case _:
            kind = type(value)
            tag: dict[str, Plain] = {OP_KEY: kind.__name__} if kind in OPS.values() else {}
            given = ((name, getattr(value, name), default) for name, (_, default) in _fields(kind).items())
            return tag | {name: to_plain(item) for name, item, default in given if item != default}


def from_plain(kind: type[T], data: object, owner: str = "graph") -> T:
    """The object of class ``kind`` that ``to_plain`` turned into ``data``; parts that are objects already stay.

    Raises ``GraphFormatError``, which names the node or input (else ``owner``) and the key, for an unknown op, a
    missing or unknown key and a value of another kind.
    """
    return cast(T, _decode(kind, data, owner, ""))


def _decode(kind: Any, data: object, owner: str, key: str) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind == Op:
        return _decode_fields(_op_class(data, owner, key), cast(dict[str, object], data), owner, key, tagged=True)
    if origin is UnionType:
        rest = [argument for argument in arguments if argument is not NoneType]
        return None if data is None else _decode(rest[0], data, owner, key)
    if origin is tuple:
        return _decode_tuple(arguments, data, owner, key)
    if kind in (int, str, Integers, FixedArray, FixedTypes):
        if not isinstance(data, kind) or isinstance(data, bool):
            raise GraphFormatError(f"{_place(owner, key)}: expected {_describe(kind)}, found {_found(data)}")
        return data
    if kind is Equation:
        return _decode_equation(data, owner, key)
    if issubclass(kind, StrEnum):
        if not isinstance(data, str) or data not in kind.__members__:
            known = ", ".join(kind.__members__)
            raise GraphFormatError(f"{_place(owner, key)}: expected one of {known}, found {_found(data)}")
        return kind(data)
    if isinstance(data, kind):
        return data
    if not isinstance(data, dict):
        raise GraphFormatError(f"{_place(owner, key)}: expected {_describe(kind)}, found {_found(data)}")
    table = cast(dict[str, object], data)
    if kind in (Node, GraphInput) and isinstance(table.get("name"), str):
        owner, key = f"{'node' if kind is Node else 'input'} {table['name']!r}", ""
    return _decode_fields(kind, table, owner, key, tagged=False)


def _decode_equation(data: object, owner: str, key: str) -> Equation:
    if not isinstance(data, str):
        raise GraphFormatError(f"{_place(owner, key)}: expected a string, found {_found(data)}")
    try:
        return Equation.parse(data)
    except GraphError as error:
        raise GraphFormatError(f"{_place(owner, key)}: {error}") from None


def _decode_fields(kind: type, table: dict[str, object], owner: str, key: str, tagged: bool) -> object:
    known = _fields(kind)
    prefix = f"{key}." if key and not tagged else ""
    extra = [name for name in table if name not in known and not (tagged and name == OP_KEY)]
    if extra:
        names = ", ".join(known) or "none"
        raise GraphFormatError(f"{owner}: unknown key {prefix + extra[0]!r} of {kind.__name__}; known are {names}")
    missing = [name for name, (_, default) in known.items() if name not in table and default is MISSING]
    if missing:
        raise GraphFormatError(f"{owner}: key {prefix + missing[0]!r} of {kind.__name__} is missing")
    values = {name: _decode(known[name][0], table[name], owner, prefix + name) for name in known if name in table}
    return kind(**values)


def _decode_tuple(arguments: tuple[Any, ...], data: object, owner: str, key: str) -> object:
    if not isinstance(data, list):
        raise GraphFormatError(f"{_place(owner, key)}: expected a list, found {_found(data)}")
    items = cast(list[object], data)
    kinds = [arguments[0]] * len(items) if arguments[-1] is ... else list(arguments)
    if len(kinds) != len(items):
        raise GraphFormatError(f"{_place(owner, key)}: expected a list of {len(kinds)}, found {len(items)} entries")
    return tuple(
        _decode(kind, item, owner, f"{key}.{n}") for n, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _op_class(data: object, owner: str, key: str) -> type:
    if not isinstance(data, dict) or OP_KEY not in data:
        raise GraphFormatError(f"{_place(owner, key)}: expected an op, found {_found(cast(object, data))}")
    name = cast(dict[str, object], data)[OP_KEY]
    if not isinstance(name, str) or name not in OPS:
        raise GraphFormatError(f"{owner}: unknown op {_found(name)}; known are {', '.join(OPS)}")
    return OPS[name]


@cache
def _fields(kind: type) -> dict[str, tuple[Any, object]]:
    """Type and default (``MISSING`` where there is none) of each field."""
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    return {field.name: (hints[field.name], field.default) for field in fields(kind) if field.name[0] != "_"}


def _describe(kind: Any) -> str:
    return _NAMES.get(kind, f"the fields of {kind.__name__}" if kind not in get_args(Leaf) else kind.__name__)


def _place(owner: str, key: str) -> str:
    return f"{owner}, key {key!r}" if key else owner


def _found(data: object) -> str:
    if isinstance(data, dict | list | Integers | FixedArray | FixedTypes):
        return type(cast(object, data)).__name__
    text = repr(data)
    return text if len(text) <= 40 else f"{text[:37]}..."
