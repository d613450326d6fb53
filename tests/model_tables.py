"""Tables of a ``model.toml``, for the tests of those that read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from trigforge.errors import ModelFileError
from trigforge.toml_tables import TomlTable, read_toml

T = TypeVar("T")


def spelt(text: str, folder: Path, name: str, read: Callable[[TomlTable], T]) -> T:
    """What ``read`` makes of the table ``name`` of a file with ``text``; all faults of the file are told."""
    (folder / "model.toml").write_text(text)
    with read_toml(folder / "model.toml", "model description", ModelFileError) as file:
        found = read(file.table(name))
        file.finish()
    return found
