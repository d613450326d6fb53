"""Vivado's text reports as sections and tables; a part that is missing, doubled or cut off is an error by name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trigforge.errors import ReportFormatError

_HEADER_LINE = re.compile(r"^\| (?P<key>\w[\w ]*?) *: (?P<value>.*?)\s*$")
_VERSION = re.compile(r"^Vivado v\.(\d{4}\.\d+(?:\.\d+)?)")
_CONTENTS_LINE = re.compile(r"^\d+(?:\.\d+)*\.? \S.*$")
_RULE = re.compile(r"^-{3,}$")
_BORDER = re.compile(r"^\+(?:-+\+)+$")


@dataclass(frozen=True)
class Header:
    """The head of a report: the tool's version (``2023.2``), the device in its spelling, the top module, the state.

    ``state`` is what the report says of the design (``Synthesized``, ``Routed``), empty where it says nothing.
    """

    version: str
    device: str
    design: str
    state: str


def parse_header(text: str, name: str) -> Header:
    """The ``| Key : value`` lines at the top of the report ``name``; two heads in one file are an error."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := _HEADER_LINE.match(line):
            found.setdefault(match["key"], []).append(match["value"])

    def one(key: str) -> str:
        match found.get(key, []):
            case [value]:
                return value
            case []:
                raise ReportFormatError(f"{name} has no line {key!r} in its head; it is cut off or no report of Vivado")
            case values:
                raise ReportFormatError(f"{name} has {len(values)} lines {key!r}; it mixes several reports")

    version = _VERSION.match(one("Tool Version"))
    if version is None:
        raise ReportFormatError(f"{name} is by {one('Tool Version')!r}; a report of Vivado is expected")
    state = one("Design State") if "Design State" in found else ""
    return Header(version[1], one("Device"), one("Design"), state)


def check_device(header: Header, part: str, name: str) -> None:
    """``ReportFormatError`` unless the report ``name`` is about ``part``: reports spell a device with other hyphens,
    some without ``xc``, the temperature grade or the speed grade."""
    device, expected = _bare(header.device), _bare(part)
    if not device or not expected.startswith(device):
        raise ReportFormatError(f"{name} is about the device {header.device}; the design is for {part}")


def _bare(name: str) -> str:
    return name.lower().replace("-", "").removeprefix("xc")


@dataclass(frozen=True)
class ReportTable:
    """One table of one section: rows by the text in their first column, without stars and indentation."""

    section: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    name: str

    def cell(self, row: str, column: str) -> str:
        """The one cell in that row and column."""
        if column not in self.columns:
            raise ReportFormatError(f"{self.name}: section {self.section!r} has no column {column!r}")
        match self.matching(row):
            case [cells]:
                return cells[self.columns.index(column)]
            case []:
                raise ReportFormatError(f"{self.name}: section {self.section!r} has no row {row!r}")
            case several:
                raise ReportFormatError(f"{self.name}: section {self.section!r} has {len(several)} rows {row!r}")

    def matching(self, row: str) -> list[tuple[str, ...]]:
        """All rows of that name."""
        return [cells for cells in self.rows if cells[0] == row]


def parse_sections(text: str, name: str) -> dict[str, list[str]]:
    """The lines of each section by title, of a report that begins with a table of contents.

    A title that the contents name and that does not follow is an error: the report was cut off.
    """
    lines = text.splitlines()
    starts = [n for n in range(len(lines) - 1) if lines[n] == "Table of Contents" and _RULE.match(lines[n + 1])]
    if not starts:
        raise ReportFormatError(f"{name} has no table of contents; it is cut off or no utilization report")
    if len(starts) > 1:
        raise ReportFormatError(f"{name} has {len(starts)} tables of contents; it mixes several reports")
    contents = list(_contents(lines[starts[0] + 2 :]))
    titled = [
        (n, line)
        for n, line in enumerate(lines[:-1])
        if line.rstrip() in contents and _RULE.match(lines[n + 1].rstrip())
    ]
    titles = [line.rstrip() for _, line in titled]
    for title in contents:
        if titles.count(title) > 1:
            raise ReportFormatError(
                f"{name} has section {title!r} {titles.count(title)} times; it mixes several reports"
            )
        if title not in titles:
            raise ReportFormatError(
                f"{name} is cut off: its table of contents names section {title!r}, which is missing"
            )
    ends = [*(n for n, _ in titled[1:]), len(lines)]
    return {_plain(title): lines[n + 2 : end] for (n, title), end in zip(titled, ends, strict=True)}


def _contents(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not _CONTENTS_LINE.match(line):
            return
        yield line.rstrip()


def _plain(title: str) -> str:
    return title.partition(" ")[2].rstrip()


def find_section(sections: dict[str, list[str]], titles: Sequence[str], name: str) -> str:
    """The one of ``titles`` (spellings of one thing) that is there."""
    for title in titles:
        if title in sections:
            return title
    spelling = " or ".join(repr(title) for title in titles)
    raise ReportFormatError(f"{name} has no section {spelling}; it is no utilization report of a known family")


def parse_table(sections: dict[str, list[str]], section: str, name: str) -> ReportTable:
    """The one table of a section, framed by ``+---+``; a table without its last border is cut off."""
    framed = [line.strip() for line in sections[section] if line.strip().startswith(("|", "+"))]
    borders = [n for n, line in enumerate(framed) if _BORDER.match(line)]
    if not borders:
        raise ReportFormatError(f"{name}: section {section!r} holds no table")
    if len(borders) < 3 or borders[-1] != len(framed) - 1:
        raise ReportFormatError(f"{name} is cut off in the table of section {section!r}")
    if len(borders) > 3:
        raise ReportFormatError(f"{name}: section {section!r} holds several tables")
    columns = _cells(framed[borders[0] + 1])
    rows = [_cells(line) for line in framed[borders[1] + 1 : borders[2]]]
    for row in rows:
        if len(row) != len(columns):
            raise ReportFormatError(
                f"{name}: row {row[0]!r} of section {section!r} has {len(row)} cells, not {len(columns)}"
            )
    return ReportTable(section, columns, tuple((row[0].rstrip("*"), *row[1:]) for row in rows), name)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))
