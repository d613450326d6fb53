"""Sentences about a name that is not known: the nearest known ones, else all."""

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 12
_BEGINNING = 3
"""letters of a name that may stand for the whole of it"""


def known_names(name: str, known: Iterable[str]) -> str:
    """The end of a sentence, behind "is unknown; ": the names that ``name`` may be meant for, else the known ones.

    >>> known_names("reuse", ["strategy", "reuse_factor"])
    "nearest is 'reuse_factor'"
    >>> known_names("part", ["strategy", "reuse_factor"])
    'known are strategy, reuse_factor'
    """
    names = list(dict.fromkeys(known))
    spelt = {entry.lower(): entry for entry in names}
    begun = [entry for entry in spelt if len(name) >= _BEGINNING and entry.startswith(name.lower())]
    close = [spelt[entry] for entry in begun or get_close_matches(name.lower(), spelt, n=3, cutoff=0.5)][:3]
    if close:
        return f"nearest {'is' if len(close) == 1 else 'are'} {', '.join(map(repr, close))}"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"known are {', '.join(names[:_LISTED])}{more}" if names else "none is known"
