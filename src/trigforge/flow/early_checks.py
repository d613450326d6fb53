"""Checks of files that a command is given, before its model is read: a wrong path costs no start of a framework."""

from collections.abc import Iterable
from pathlib import Path

from trigforge.events import check_readable, list_columns
from trigforge.export import IMAGE_SUFFIX, read_image
from trigforge.flow.workspace import ModelSource


def check_events(source: ModelSource, events: Path | None) -> None:
    """``EventsError`` for a file of events, by default the model folder's, that is missing or damaged.

    Its columns are compared with the inputs of the model once these are known.
    """
    chosen = events or source.events
    if chosen is not None:
        list_columns(chosen, source.binding.tree)


def check_registers(files: Iterable[Path]) -> None:
    """``EventsError`` for a file of weights that is missing, or a register image that is damaged."""
    for path in files:
        if path.suffix.lower() == IMAGE_SUFFIX:
            read_image(path)
        else:
            check_readable(path)
