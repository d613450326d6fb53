"""``read_groups``: the group syntax of Liberty files (Synopsys' Liberty reference manual), no meaning yet.

A file is one group ``library(name) { ... }``, whose statements are groups, simple attributes ``name : value ;`` and
complex ones ``name (value, value) ;``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trigforge.errors import LibraryError

_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|\\\r?\n|\s+|"(?:\\.|[^"\\])*"|[(){}:;,]|[^\s(){}:;,"]+|"', re.DOTALL)
_SKIPPED = ("/*", "//", "\\\n", "\\\r", " ", "\t", "\n", "\r", "\f", "\v")


@dataclass(frozen=True)
class Attribute:
    """The values of one attribute, unquoted, and the line on which it begins."""

    values: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Group:
    """A group: its kind (``cell``), its arguments (``INVX1``), what it holds, and where it begins in which file.

    Of an attribute that stands several times, the last counts.
    """

    file: str
    line: int
    kind: str
    arguments: tuple[str, ...]
    attributes: dict[str, Attribute] = field(default_factory=dict[str, Attribute])
    groups: list["Group"] = field(default_factory=list["Group"])

    @property
    def name(self) -> str:
        """The first argument."""
        return self.arguments[0] if self.arguments else ""

    def of(self, kind: str) -> list["Group"]:
        """The groups of a kind, in order."""
        return [group for group in self.groups if group.kind == kind]

    def text(self, name: str, default: str | None = None) -> str:
        """The value of a simple attribute; ``LibraryError`` where it is missing and has no default."""
        found = self.attributes.get(name)
        if found is None or not found.values:
            if default is None:
                raise self.error(f"has no {name!r}")
            return default
        return " ".join(found.values)

    def number(self, name: str, default: float | None = None) -> float:
        """As ``text``, for a finite number."""
        if default is not None and name not in self.attributes:
            return default
        (found,) = self.numbers(name, [self.text(name)])
        return found

    def numbers(self, name: str, texts: list[str] | None = None) -> list[float]:
        """All numbers of an attribute whose values are lists in quotes, one behind the other."""
        given = texts if texts is not None else [*self.attributes[name].values] if name in self.attributes else None
        if given is None:
            raise self.error(f"has no {name!r}")
        words = " ".join(given).replace(",", " ").split()
        try:
            found = [float(word) for word in words]
        except ValueError:
            found = [float("nan")]
        if not all(abs(number) < float("inf") for number in found):
            raise self.error(f"{name} holds {' '.join(words)[:60]!r}, and finite numbers belong there", name)
        return found

    def error(self, what: str, attribute: str = "") -> LibraryError:
        """The error of this group, or of one of its attributes, with file and line."""
        line = self.attributes[attribute].line if attribute in self.attributes else self.line
        return _error(self.file, line, f"{self.kind}({', '.join(self.arguments)}) {what}")


def read_groups(path: Path) -> Group:
    """The group ``library`` of a file.

    Raises ``LibraryError``, with file and line, for a file that cannot be read, is truncated, or is no Liberty.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise LibraryError(f"{path}: {error.strerror}; give a Liberty file (.lib) with --library") from None
    return _Reader(str(path), text).library()


class _Reader:
    """The tokens of a text, one at a time, each with its line."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._tokens = self._split(text)
        self._next: tuple[str, int] = next(self._tokens)

    def _split(self, text: str) -> Iterator[tuple[str, int]]:
        line = 1
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token == '"' or (token.startswith("/*") and not token.endswith("*/")):
                raise self._wrong(f"{'a text in quotes' if token == chr(34) else 'a comment'} never ends", line)
            if not token.startswith(_SKIPPED):
                yield token, line
            line += token.count("\n")
        while True:
            yield "", line

    def _take(self, *wanted: str) -> str:
        token, line = self._next
        if not token:
            raise self._wrong("the file ends in the middle of a group, it is truncated", line)
        if wanted and token not in wanted:
            raise self._wrong(f"found {token[:40]!r} where {' or '.join(map(repr, wanted))} belongs", line)
        self._next = next(self._tokens)
        return token

    def library(self) -> Group:
        token, line = self._next
        if token != "library":
            raise self._wrong(f"begins with {token[:40]!r}; a Liberty file begins with 'library'", line)
        self._take()
        group = Group(self._file, line, "library", self._arguments())
        self._take("{")
        self._fill(group)
        if self._next[0]:
            raise self._wrong(f"found {self._next[0][:40]!r} behind the end of the library", self._next[1])
        return group

    def _arguments(self) -> tuple[str, ...]:
        self._take("(")
        found: list[str] = []
        while (token := self._take()) != ")":
            if token in "{};":
                raise self._wrong(f"found {token!r} in brackets that are not closed", self._next[1])
            if token != ",":
                found.append(_unquoted(token))
        return tuple(found)

    def _fill(self, outer: Group) -> None:
        """The statements of a group, up to its closing bracket; nested groups without recursion in the text's depth."""
        open_groups = [outer]
        while open_groups:
            group, line = open_groups[-1], self._next[1]
            name = self._take()
            if name == "}":
                open_groups.pop()
            elif name == ";":
                continue
            elif name in "(){:,":
                raise self._wrong(f"found {name!r} where a statement begins", line)
            elif self._next[0] == ":":
                group.attributes[_unquoted(name)] = Attribute(self._value(), line)
            else:
                values = self._arguments()
                if self._next[0] == "{":
                    self._take()
                    inner = Group(self._file, line, name, values)
                    group.groups.append(inner)
                    open_groups.append(inner)
                else:
                    group.attributes[name] = Attribute(values, line)

    def _value(self) -> tuple[str, ...]:
        """The words behind a colon, to the semicolon, or to the end of the line in files that leave it out."""
        self._take(":")
        found, line = list[str](), self._next[1]
        while self._next[0] not in (";", "}") and (not found or self._next[1] == line):
            found.append(_unquoted(self._take()))
        return tuple(found)

    def _wrong(self, what: str, line: int) -> LibraryError:
        return _error(self._file, line, what)


def _error(file: str, line: int, what: str) -> LibraryError:
    return LibraryError(f"{file}, line {line}: {what}; give a sound Liberty file with --library")


def _unquoted(token: str) -> str:
    return re.sub(r"\\\r?\n", " ", token[1:-1]) if token.startswith('"') else token
