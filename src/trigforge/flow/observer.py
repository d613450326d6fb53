"""How a long step tells how far it is; the command line draws it, a library call stays silent."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Observer(Protocol):
    """Watches the steps of a build."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Generator[Advance, None, None]:
        """One step. ``total`` counts events where the step goes through events; the yielded function adds to it."""
        ...

    def note(self, text: str) -> None:
        """One line that is worth reading now, such as a tool that is missing."""
        ...


class Silent:
    """Watches and says nothing."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Generator[Advance, None, None]:
        """See ``Observer``."""
        yield _ignore

    def note(self, text: str) -> None:
        """See ``Observer``."""


def _ignore(_: int) -> None:
    return None
