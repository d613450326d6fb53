"""The messages of all errors, as they stand in the code."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from trigforge import errors

REFUSAL = "Refusal"
FOR_USERS = frozenset(
    (
        "EventsError",
        "ModelFileError",
        "UnsupportedModelError",
        "DesignError",
        "TrainingError",
        "ToolMissingError",
        REFUSAL,
    )
)
"""errors that a physicist's own files and models cause: each says what to do"""


@dataclass(frozen=True)
class Message:
    """The text of an error: what varies stands in braces. ``place`` is the file below the package."""

    place: str
    error: str
    text: str

    @property
    def is_written_here(self) -> bool:
        """False for a text that is put together elsewhere."""
        return not (self.text.startswith("{") and self.text.endswith("}") and self.text.count("{") == 1)

    def __str__(self) -> str:
        return f"{self.place} {self.error}: {self.text}"


def messages(package: Path) -> list[Message]:
    """Every message of the package, in order of file and text, each once."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {REFUSAL}
    found: set[tuple[str, str, str]] = set()
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in kinds and node.args:
                place = path.relative_to(package).as_posix()
                found.add((place, _name(node.func), "; ".join(_text(argument) for argument in node.args)))
    return [Message(*entry) for entry in sorted(found)]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) for part in parts)
        case ast.FormattedValue(value=value):
            return "{" + ast.unparse(value) + "}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case _:
            return "{" + ast.unparse(node) + "}"
