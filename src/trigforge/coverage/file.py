"""``coverage.json``: a ``Coverage`` as text and back."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from types import GenericAlias
from typing import Any, cast, get_args

from trigforge.coverage.records import Coverage
from trigforge.errors import ReportFormatError

_NUMBERS = re.compile(r"\[\n\s*([-\d,\s]+?)\n\s*\]")
_PLAIN = {int: "a whole number", str: "a text", bool: "true or false"}
_AGAIN = "write it again with 'trigforge coverage'"


def to_json(coverage: Coverage) -> str:
    """What ``coverage.json`` holds: the fields, a list of numbers on one line."""
    return numbers_on_a_line(json.dumps(asdict(coverage), indent=1)) + "\n"


def numbers_on_a_line(text: str) -> str:
    """Indented JSON with each list of whole numbers on one line."""
    return _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text)


def from_json(text: str, name: str = "coverage.json") -> Coverage:
    """Read what ``to_json`` writes; ``ReportFormatError``, which names ``name``, for anything else."""
    try:
        form = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReportFormatError(f"{name} is not JSON: {error}; {_AGAIN}") from None
    return cast(Coverage, _read(Coverage, form, name))


def _read(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, GenericAlias):
        if not isinstance(value, list):
            raise ReportFormatError(f"{where} is {value!r}; a list belongs there; {_AGAIN}")
        return tuple(_read(get_args(kind)[0], v, f"{where}[{n}]") for n, v in enumerate(cast(list[Any], value)))
    if kind in _PLAIN:
        if type(value) is not kind:
            expected = _PLAIN[kind]
            raise ReportFormatError(f"{where} is {value!r}; {expected} belongs there; {_AGAIN}")
        return value
    table: Mapping[str, Any] = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    missing = [entry.name for entry in fields(kind) if entry.name not in table]
    if missing:
        raise ReportFormatError(f"{where} has no key {missing[0]!r}; {_AGAIN}")
    return kind(**{entry.name: _read(entry.type, table[entry.name], f"{where}.{entry.name}") for entry in fields(kind)})
