"""A TOML file read key by key: every fault of it is noted, and all are raised at once."""

import re
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_type_hints

from trigforge.errors import TrigforgeError
from trigforge.suggestions import known_names

T = TypeVar("T")
_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_SHOWN = 60
_BITS = 63
"""TOML promises whole numbers of 64 bits with a sign, and no more."""
_WORDS: dict[type[Any], str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
}


class TomlTable:
    """One table of a file. Keys are taken out as they are read; ``finish`` notes those that nobody took."""

    def __init__(self, entries: Mapping[str, Any], name: str, faults: list[tuple[str, str]]) -> None:
        self._entries = dict(entries)
        self._known: list[str] = []
        self._faults = faults
        self.name = name
        """as in the file, without brackets; empty for what stands above all tables"""

    @property
    def faulty(self) -> bool:
        """True where a fault of this table was noted."""
        return any(name == self.name for name, _ in self._faults)

    def note(self, *sentences: str) -> None:
        """Add faults of this table."""
        self._faults += [(self.name, sentence) for sentence in sentences]

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def left(self) -> dict[str, Any]:
        """Keys that are not taken yet, with their values."""
        return dict(self._entries)

    def drop(self, key: str) -> None:
        """Take a key whatever it holds."""
        del self._entries[key]

    def table(self, key: str) -> "TomlTable":
        """The table of a key; an empty one where it is absent or none, which is noted."""
        found = cast(dict[str, Any], self.take(key, dict) or {})
        return TomlTable(found, f"{self.name}.{key}" if self.name else key, self._faults)

    def take(self, key: str, kind: type[T]) -> T | None:
        """The value of a key; None where it is absent or of another kind, which is noted.

        A ``StrEnum`` is spelt in any case, with blanks or hyphens; whole numbers are numbers too.
        """
        self._known.append(key)
        if key not in self._entries:
            return None
        value = self._entries.pop(key)
        plain = str if issubclass(kind, StrEnum) else kind
        wide = (int, float) if plain is float else plain
        if not isinstance(value, wide) or (isinstance(value, bool) and kind is not bool):
            self.note(f"{key} = {shown(value)} should be {_WORDS[plain]}")
        elif isinstance(value, int) and value.bit_length() > _BITS:
            self.note(f"{key} = {shown(value)} does not fit 64 bits")
        elif not issubclass(kind, StrEnum):
            return cast(Any, kind)(value)
        elif (spelling := re.sub(r"[ -]", "_", str(value)).upper()) in kind.__members__:
            return kind[spelling]
        else:
            self.note(f"{key} = {shown(value)} is unknown; {known_names(spelling, kind.__members__)}")
        return None

    def need(self, key: str, kind: type[T]) -> T | None:
        """As ``take``, for a key that must be there; its absence is noted."""
        if key not in self._entries:
            self.note(f"{key} is missing; {_WORDS[kind]} belongs there")
        return self.take(key, kind)

    def any(self, key: str) -> Any:
        """The value of a key whatever it is; None where it is absent."""
        self._known.append(key)
        return self._entries.pop(key, None)

    def read(self, kind: type[T]) -> T | None:
        """A dataclass whose fields are the keys of this table; what is absent keeps its default.

        A field is a text, number, truth value or ``StrEnum``, or one of these or None. None is returned where faults
        were noted, those that ``kind`` itself raises among them, a sentence an argument of its error.
        """
        hints = get_type_hints(kind)
        values: dict[str, Any] = {}
        for entry in fields(cast(Any, kind)):
            hint = hints[entry.name]
            plain = next((one for one in get_args(hint) if one is not NoneType), hint)
            if (value := self.take(entry.name, plain)) is not None:
                values[entry.name] = value
        self.finish()
        try:
            made = kind(**values)
        except TrigforgeError as error:
            self.note(*map(str, error.args))
            return None
        return None if self.faulty else made

    def finish(self) -> None:
        """Note every key that was not taken."""
        for key in self._entries:
            self.note(f"unknown key {shown(key)}; {known_names(key, self._known)}")


@contextmanager
def read_toml(path: Path, what: str, error: type[TrigforgeError]) -> Generator[TomlTable]:
    """The file as a table, for the body of a ``with``; at its end ``error`` is raised with all faults that were noted.

    ``what`` names the kind of file in messages. Raises ``error`` at once for a file that is missing or no TOML.
    """
    with read_tables(load_toml(path, what, error), f"{what} {path}", error) as table:
        yield table


def load_toml(path: Path, what: str, error: type[TrigforgeError]) -> dict[str, Any]:
    """The content of a file, whatever it says; ``error`` for one that is missing or no TOML."""
    where = f"{what} {path}"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise error(f"{where}: {fault.strerror}; give the path of a TOML file") from None
    except RecursionError:
        raise error(f"{where} is not TOML: its values are nested too deeply") from None
    except ValueError as fault:
        raise error(f"{where} is not TOML: {fault}") from None


@contextmanager
def read_tables(entries: Mapping[str, Any], where: str, error: type[TrigforgeError]) -> Generator[TomlTable]:
    """As ``read_toml``, of what a file holds; ``where`` begins the message."""
    faults: list[tuple[str, str]] = []
    yield TomlTable(entries, "", faults)
    if faults:
        raise error(_told(where, faults))


def _told(where: str, faults: list[tuple[str, str]]) -> str:
    """One line for one fault, else a table with a line a fault: the table of the file, and the sentence."""
    rows = [(f"[{name}]" if name else "", sentence) for name, sentence in faults]
    if len(rows) == 1:
        return f"{where}: {' '.join(filter(None, rows[0]))}"
    width = max(len(name) for name, _ in rows)
    lines = (f"  {name:<{width}}{'  ' if width else ''}{sentence}" for name, sentence in rows)
    return "\n".join([f"{where} has {len(rows)} faults:", *lines])


def shown(value: object) -> str:
    """A value of a file in a message, cut off where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python prints no number of more than 4,300 digits
        text = "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def spelt_key(name: str) -> str:
    """A bare key of TOML, or one in quotes."""
    return name if name and _NAMES.issuperset(name) else quoted(name)


def dotted_key(name: str) -> str:
    """A name as keys of TOML: what stands behind a dot is a table in a table."""
    return ".".join(map(spelt_key, name.split(".")))


def quoted(text: str) -> str:
    """A basic string of TOML."""
    inside = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
    return f'"{inside}"'
