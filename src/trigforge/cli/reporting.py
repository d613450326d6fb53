"""Errors of a command, and signals that end it, become one line on stderr and an exit code."""

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import wraps
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from trigforge.cli.output import is_verbose, loudness
from trigforge.errors import BitMismatch, BudgetError, ToolMissingError, TrigforgeError

R = TypeVar("R")

EXIT_ERROR = 1
EXIT_MISMATCH = 3
EXIT_TOOL_MISSING = 4
EXIT_BUDGET = 5
EXIT_INTERRUPTED = 130


def reported(command: Callable[..., R]) -> Callable[..., R]:
    """Errors and signals become one line on stderr and an exit code; what the command started ends with it.

    Adds ``--quiet`` and ``--verbose``; with the latter the traceback of an error stands above its line.
    """

    @loudness
    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> R:
        _replace_what_a_terminal_lacks()
        try:
            with _signals_raise():
                result = command(*args, **kwargs)
                print(end="", flush=True)
                return result
        except BitMismatch as error:
            _fail(error, EXIT_MISMATCH)
        except BudgetError as error:
            _fail(error, EXIT_BUDGET)
        except ToolMissingError as error:
            _fail(error, EXIT_TOOL_MISSING)
        except TrigforgeError as error:
            _fail(error, EXIT_ERROR)
        except KeyboardInterrupt:
            _fail("interrupted; run the same command again, it goes on from what is finished", EXIT_INTERRUPTED)
        except _Ended as ended:
            _fail(f"ended by {ended.signal.name}; run the same command again, it goes on", 128 + ended.signal)
        except OSError as error:
            if not _is_of_output(error):
                raise
            _fail(f"standard output took only a part of what was told: {error.strerror}", EXIT_ERROR)

    return wrapper


def _replace_what_a_terminal_lacks() -> None:
    """Characters that the locale's encoding does not have become question marks instead of errors."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Ended(BaseException):
    """A signal that asks for the end, on its way through all that must be cleaned up."""

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)


@contextmanager
def _signals_raise() -> Generator[None]:
    """SIGTERM and SIGHUP raise ``_Ended``, the first time, unless they are ignored, as under ``nohup``."""
    asked = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _: FrameType | None) -> None:
        for other in asked:
            signal.signal(other, signal.SIG_IGN)
        raise _Ended(number)

    for number in asked:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in asked:
            signal.signal(number, signal.SIG_DFL)


def _is_of_output(error: OSError) -> bool:
    """True for the error of a standard output that is full or closed; it leads nowhere then, so that Python can end."""
    if not isinstance(error, BrokenPipeError):
        try:
            print(end="", flush=True)
        except OSError:
            pass
        else:
            return False
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _fail(error: object, code: int) -> NoReturn:
    if is_verbose() and isinstance(error, BaseException):
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    click.echo(f"trigforge: {error}", err=True)
    sys.exit(code)
