"""Errors of a command become one line on stderr and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import click

from trigforge.errors import BitMismatch, BudgetError, ToolMissingError, TrigforgeError

P = ParamSpec("P")
R = TypeVar("R")

EXIT_ERROR = 1
EXIT_MISMATCH = 3
EXIT_TOOL_MISSING = 4
EXIT_BUDGET = 5
EXIT_INTERRUPTED = 130


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Errors become one line on stderr and an exit code."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
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

    return wrapper


def _fail(error: object, code: int) -> NoReturn:
    click.echo(f"trigforge: {error}", err=True)
    sys.exit(code)
