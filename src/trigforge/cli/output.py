"""The ways in which a command speaks: with progress or without, as a table or as JSON, with a traceback or without."""

import shlex
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console, RenderableType

from trigforge.progress import TerminalObserver

R = TypeVar("R")
_QUIET, _VERBOSE = "trigforge.quiet", "trigforge.verbose"
_PIPED_WIDTH = 132
"""columns where no terminal says how many there are: a verdict then stands on one line"""

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else there.")


def loudness(command: Callable[..., R]) -> Callable[..., R]:
    """Adds ``--quiet`` and ``--verbose``, which ``watching`` and ``is_verbose`` know."""

    @wraps(command)
    def wrapper(*args: Any, quiet: bool, verbose: bool, **kwargs: Any) -> R:
        meta = click.get_current_context().meta
        meta[_QUIET], meta[_VERBOSE] = quiet, verbose
        return command(*args, **kwargs)

    told = click.option("--quiet", "-q", is_flag=True, help="No progress and no notes: the result, and errors.")
    return told(click.option("--verbose", "-v", is_flag=True, help="Tracebacks of errors too.")(wrapper))


def is_quiet() -> bool:
    """True where the user asked for results alone."""
    return bool(click.get_current_context().meta.get(_QUIET))


def is_verbose() -> bool:
    """True where the user asked for tracebacks."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_VERBOSE))


def watching() -> TerminalObserver:
    """The observer of a command: on standard error, or silent."""
    return TerminalObserver(Console(stderr=True, quiet=True)) if is_quiet() else TerminalObserver()


def typed() -> str:
    """The command that a user typed; empty where the command was called from Python."""
    program = Path(sys.argv[0])
    own = program.name == "trigforge" or program.parts[-3:] == ("trigforge", "cli", "__main__.py")
    return shlex.join(["trigforge", *sys.argv[1:]]) if own else ""


def show(json: bool, form: Callable[[], str], table: RenderableType) -> None:
    """Print a result: the ``form`` of its file where JSON was asked for, else its table."""
    if json:
        click.echo(form(), nl=False)
    else:
        tell(table)


def tell(told: RenderableType) -> None:
    """Print a table, with colour and in its width where standard output is a terminal."""
    Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(told)
