"""Meanings of the keys of a design file, beside the fields that hold them."""

from dataclasses import field
from typing import Any, TypeVar

T = TypeVar("T")
_MEANING, _SEE = "meaning", "see"


def meant(default: T, meaning: str, see: str = "", **metadata: Any) -> T:
    """A field of a dataclass with a default, and what it means, in a few words; ``see`` is a page of ``docs/``."""
    return field(default=default, metadata={_MEANING: meaning, _SEE: see, **metadata})


def meaning_of(metadata: Any) -> tuple[str, str]:
    """The meaning of a field and the page on it, by the field's metadata; ``KeyError`` where it has none."""
    return metadata[_MEANING], metadata[_SEE]
