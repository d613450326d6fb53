"""``Tone``: the meaning of a sentence to its reader, and its colour on a terminal; text without any."""

from enum import StrEnum
from io import StringIO

from rich.console import Console, RenderableType


class Tone(StrEnum):
    """All well, open, or wrong."""

    GOOD = "good"
    OPEN = "open"
    BAD = "bad"

    @property
    def style(self) -> str:
        """The colour, as rich names it."""
        return _COLOURS[self]


_COLOURS = {Tone.GOOD: "green", Tone.OPEN: "yellow", Tone.BAD: "red"}


def plain_text(told: RenderableType, width: int = 100) -> str:
    """The text that rich prints, without colour, in lines of at most ``width`` characters."""
    text = StringIO()
    Console(file=text, width=width, highlight=False, color_system=None, force_jupyter=False).print(told)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())
