"""Checks of what Markdown says: commands, paths and figures. Each returns findings, one line each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+(?:\n[^`\n]+)?)`|^((?:    \S[^\n]*\n)+)", re.DOTALL | re.MULTILINE)
"""code in Markdown: a fenced block, a span (over a line break too), an indented block"""
PLACEHOLDER = re.compile(r"[<>…{}()=$]|\b[A-Z]{2,}\b|^[./]*build/|\.OUT")
"""what no path of the repository holds: words to fill in, and folders of generated files"""


def code(text: str) -> Iterator[str]:
    """Each line of a block, and each span, of a Markdown file."""
    for block, span, indented in (match.groups(default="") for match in CODE.finditer(text)):
        yield from [" ".join(span.split())] if span else (block or indented).splitlines()


def words(line: str) -> list[str]:
    """The words of a command as it is shown: without prompt, comment, brackets around what is optional, and notes."""
    line = re.split(r"\s{3,}|\s+#", line.strip().removeprefix("$ "))[0]
    return shlex.split(re.sub(r"[\[\]]", " ", line.replace("'", '"')), posix=True)


def wrong_commands(text: str, main: click.Group, root: Path) -> list[str]:
    """Commands ``trigforge``, ``make`` and ``python FILE`` that do not exist, or not with these options."""
    findings: list[str] = []
    for line in code(text):
        shown = line.strip().removeprefix("$ ")
        if shown.startswith("trigforge "):
            found = wrong_call(words(shown)[1:], main, root)
        elif shown.startswith("make "):
            found = wrong_make(words(shown)[1:], root)
        elif re.match(r"python \S+\.py", shown):
            found = wrong_script(words(shown)[1:], root)
        else:
            continue
        findings += [f"`{shown}`: {found}"] if found else []
    return findings


def wrong_call(arguments: list[str], command: click.Command, root: Path) -> str | None:
    """The fault of a call of trigforge, if it has one; a command by itself may be named without its arguments."""
    while isinstance(command, click.Group):
        if not arguments or arguments[0].startswith("-"):
            return wrong_options(arguments, command)
        for name in arguments[0].split("|"):
            if name not in command.commands:
                return f"there is no command {name!r}"
        command, arguments = command.commands[arguments[0].split("|")[0]], arguments[1:]
    if command.name == "data":
        known = [entry.parent.name for entry in (root / "datasets").glob("*/__main__.py")]
        return f"there is no data set {arguments[0]!r}" if arguments and arguments[0] not in [*known, "NAME"] else None
    return wrong_options(arguments, command)


def wrong_options(arguments: list[str], command: click.Command) -> str | None:
    """The fault that the command's own parser finds; arguments may be missing."""
    try:
        _, left, _ = command.make_parser(click.Context(command)).parse_args(list(arguments))
    except click.MissingParameter:
        return None
    except click.UsageError as error:
        return error.format_message() if len(arguments) else None
    return f"the argument {left[0]!r} is one too many" if left and not isinstance(command, click.Group) else None


def wrong_make(arguments: list[str], root: Path) -> str | None:
    """The fault of a call of make: a target or a variable that no Makefile of the repository has."""
    makefiles = [root / "Makefile", *(root / "src").rglob("Makefile")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in makefiles if path.is_file())
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z_]+) \??=", text, re.MULTILINE))
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if name not in (variables if equals else targets):
            return f"no Makefile has the {'variable' if equals else 'target'} {name!r}"
    return None


def wrong_script(arguments: list[str], root: Path) -> str | None:
    """The fault of a call of a script: it does not exist, or its text does not name an option."""
    script = root / arguments[0]
    if not script.is_file():
        return f"there is no {arguments[0]}"
    text = script.read_text(encoding="utf-8")
    missing = [word for word in arguments[1:] if word.startswith("--") and word not in text]
    return f"the script has no {missing[0]}" if missing else None


def wrong_paths(text: str, document: Path, root: Path) -> list[str]:
    """Paths in spans of code that lead nowhere from the root, the package or the document; globs must find a file."""
    package = root / "src" / "trigforge"
    starts = (root, package, document.parent)
    known = {entry.name for start in starts for entry in start.iterdir() if entry.is_dir()}
    findings: list[str] = []
    for match in CODE.finditer(text):
        path = (match.group(2) or "").strip().split("::")[0]
        first = path.split("/")[0]
        if "/" not in path or first not in known or " " in path or PLACEHOLDER.search(path):
            continue
        if not any(any(start.glob(path.rstrip("/"))) for start in starts):
            findings.append(f"`{path}` does not exist")
    return findings


@dataclass(frozen=True)
class Stated:
    """A figure that a document states: ``phrase`` holds it as its group (or groups), ``value`` is what it must be."""

    document: str
    phrase: str
    value: Callable[[], tuple[str, ...]]


def wrong_figures(figures: list[Stated], texts: Mapping[str, str]) -> list[str]:
    """Figures that differ from the data that they come from, and phrases that a document does not hold any more."""
    findings: list[str] = []
    for stated in figures:
        found = re.search(stated.phrase, texts[stated.document])
        if found is None:
            findings.append(f"{stated.document} does not say {stated.phrase!r} any more; change the table of figures")
        elif found.groups() != stated.value():
            findings.append(f"{stated.document}: {found.group()!r} should say {', '.join(stated.value())}")
    return findings
