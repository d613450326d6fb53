"""``Tone``: the meaning of a sentence to its reader, and its colour on a terminal."""

from enum import StrEnum


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
