"""A guess at the columns of a file that are the inputs of a model, by names and shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigforge.events import FileColumn

_ASIDE = ("label", "class", "target", "truth", "weight", "event", "run", "lumi", "index", "is_")
"""beginnings of names that are about an event, and no input of a network"""


_ALIKE = "are the only ones whose names begin alike, in the order of the file"


@dataclass(frozen=True)
class Guess:
    """Columns for an input, in their order, and the reason to take them for it."""

    columns: tuple[str, ...]
    why: str


def guess_columns(inputs: Mapping[str, tuple[int, ...]], columns: Sequence[FileColumn]) -> dict[str, Guess]:
    """A guess for each input, by its shape without events; an input for which several would do has none.

    That is a column called like the input, else the only one of its shape, else as many numbers (or lists) as its last
    axis is long: all that there are, or all whose names begin alike.
    """
    left = [column for column in columns if not column.name.lower().startswith(_ASIDE)]
    found: dict[str, Guess] = {}
    for name, shape in inputs.items():
        guess = _called(name, columns) or _guess(shape, [column for column in left if column.name not in inputs])
        if guess is not None:
            found[name] = guess
    taken = [column for guess in found.values() for column in guess.columns]
    return {name: guess for name, guess in found.items() if all(taken.count(column) == 1 for column in guess.columns)}


def fitting(shape: tuple[int, ...], columns: Sequence[FileColumn]) -> list[FileColumn]:
    """The columns of which some, stacked, can make an input of this shape, and those that make it alone."""
    return [column for column in columns if _is_all(column, shape) or _is_part(column, shape)]


def _called(name: str, columns: Sequence[FileColumn]) -> Guess | None:
    return Guess((name,), "is called like it") if any(column.name == name for column in columns) else None


def _guess(shape: tuple[int, ...], columns: Sequence[FileColumn]) -> Guess | None:
    whole = [column for column in columns if shape and _is_all(column, shape)]
    if len(whole) == 1:
        return Guess((whole[0].name,), "is the only column of this shape")
    parts = [column.name for column in columns if _is_part(column, shape)]
    wanted = shape[-1] if shape else 1
    if len(parts) == wanted:
        kind = "lists" if len(shape) == 2 else "numbers"
        why = (
            f"are the only columns of {kind}, in the order of the file" if wanted > 1 else "is the only one of its kind"
        )
        return Guess(tuple(parts), why)
    families: dict[str, list[str]] = {}
    for part in parts:
        families.setdefault(part.rpartition("_")[0].partition("_")[0], []).append(part)
    alike = [family for start, family in families.items() if start and len(family) == wanted]
    return Guess(tuple(alike[0]), _ALIKE) if len(alike) == 1 else None


def _is_all(column: FileColumn, shape: tuple[int, ...]) -> bool:
    """True for a column that has the whole shape of an input."""
    lengths = zip(column.shape, shape, strict=False)
    return len(column.shape) == len(shape) and all(length in (None, wanted) for length, wanted in lengths)


def _is_part(column: FileColumn, shape: tuple[int, ...]) -> bool:
    """True for a column that has the shape of an input without its last axis; lists are cut and padded."""
    return len(shape) <= 2 and len(column.shape) == max(len(shape) - 1, 0)
