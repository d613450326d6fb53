"""docs/numbers.md speaks of every op, in the order of ops.py."""

import re
from pathlib import Path
from typing import get_args

from trigforge.graph import Op


def test_the_rules_of_all_ops_stand_in_order(repository: Path) -> None:
    text = (repository / "docs" / "numbers.md").read_text(encoding="utf-8")
    rules = text[text.index("| operation |") : text.index("Where a rule is wider")]
    first_cells = [line.split("|")[1] for line in rules.splitlines()[2:] if line.startswith("|")]
    named = [name for cell in first_cells if "..." not in cell for name in re.findall(r"`(\w+)`", cell)]
    assert [name for name in named if name not in ("Max", "Min")] == [
        op.__name__ for op in get_args(Op) if op.__name__ not in ("Max", "Min")
    ]
    assert {"Max", "Min"} <= set(named)
