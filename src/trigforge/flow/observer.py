"""Observers of a long step, which are told how far it is; the command line draws it, a library call stays silent."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Step(Protocol):
    """One step while it runs."""

    def advance(self, events: int) -> None:
        """Count ``events`` more as done."""
        ...

    def say(self, text: str) -> None:
        """Take note of what the step is at, in a few words."""
        ...


class Observer(Protocol):
    """Watches the steps of a build."""

    def step(self, title: str, events: int | None = None, unit: str = "events") -> AbstractContextManager[Step]:
        """A step that begins; ``events`` is the number of events (or of other things, ``unit``) to go through."""
        ...

    def note(self, text: str) -> None:
        """A line for the user, which stays."""
        ...


class Silent:
    """An observer that shows nothing."""

    def step(self, title: str, events: int | None = None, unit: str = "events") -> AbstractContextManager[Step]:
        """See ``Observer``."""
        return nullcontext(self)

    def note(self, text: str) -> None:
        """See ``Observer``."""

    def advance(self, events: int) -> None:
        """See ``Step``."""

    def say(self, text: str) -> None:
        """See ``Step``."""


class Listener(Silent):
    """An observer that keeps the lines for the user, and shows nothing."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """See ``Observer``."""
        self.notes.append(text)
