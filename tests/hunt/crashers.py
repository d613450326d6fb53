"""``Crasher``: a model that was once wrong, as one small file of ``tests/crashers/``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.hunt.judging import Outcome, Verdict, judged, kernel_verdicts
from tests.hunt.recipes import Recipe, from_json, to_json
from tests.hunt.routes import routed
from trigforge.toolchain.native import FLAGS


@dataclass(frozen=True)
class Crasher:
    """A recipe, what was wrong with it, and what is right now: equal integers, or a refusal that holds ``refused``.

    ``routes`` says that C simulation and Verilog are part of it.
    """

    about: str
    recipe: Recipe
    refused: str = ""
    routes: bool = False

    @classmethod
    def load(cls, path: Path) -> Crasher:
        """The crasher of a file."""
        tree = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**tree, "recipe": from_json(json.dumps(tree["recipe"]))})

    def text(self) -> str:
        """The content of a file."""
        tree = {"about": self.about, "refused": self.refused, "routes": self.routes}
        return f'{json.dumps(tree)[:-1]}, "recipe":\n{to_json(self.recipe).rstrip()}}}\n'

    def verdict(self) -> Verdict:
        """The outcome today, on all engines that the crasher needs."""
        found = judged(self.recipe)
        if found.graph is None or found.outcome is not Outcome.EQUAL:
            return found
        return routed(self.recipe, found.graph) if self.routes else kernel_verdicts([found.graph], FLAGS)[0]
