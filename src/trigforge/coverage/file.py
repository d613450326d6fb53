"""``coverage.json``: a ``Coverage`` as text and back."""

from trigforge.coverage.records import Coverage
from trigforge.json_records import Codec, print_json

_CODEC = Codec("coverage", "trigforge coverage")


def to_json(coverage: Coverage) -> str:
    """The text of ``coverage.json``: the fields, a list of numbers on one line."""
    return print_json(_CODEC.form(coverage), 1, ensure_ascii=True)


def from_json(text: str, name: str = "coverage.json") -> Coverage:
    """The coverage that ``to_json`` wrote; ``ReportFormatError``, which names ``name``, for anything else."""
    return _CODEC.parse(Coverage, text, name)
