"""The lesson on a model of one's own: the whole way in few lines."""

import json
from pathlib import Path

LESSON = Path(__file__).parents[2] / "notebooks" / "07_your_own_model.ipynb"
MOST_LINES = 25


def test_a_user_writes_few_lines() -> None:
    """Lines that import are not counted, and empty ones are not."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    lines = [line for cell in cells if cell["cell_type"] == "code" for line in "".join(cell["source"]).splitlines()]
    written = [line for line in lines if line.strip() and not line.startswith(("import ", "from ", "%"))]
    assert len(written) <= MOST_LINES
    words = (
        "trigforge.quantize",
        "trigforge.read",
        "trigforge.emulate",
        "trigforge.build",
        "trigforge.profile",
        "trigforge.compare",
    )
    assert all(any(word in line for line in written) for word in words)
