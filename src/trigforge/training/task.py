"""The interface of a task: the loss that a network is trained with, the figures of its quality, and their wording.

Training and model cards know a task only through it; the kinds of tasks stand in ``tasks``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import numpy.typing as npt

from trigforge.errors import TrainingError
from trigforge.merit import Floats

SHARE = "share"
"""the unit of a part of 1, shown in per cent"""
Labels = npt.NDArray[Any]


class Better(StrEnum):
    """The direction in which a figure improves."""

    LESS = "less"
    MORE = "more"


@dataclass(frozen=True)
class Quantity:
    """A figure of merit: ``name`` is its key in ``metrics.json``, ``title`` its name in text."""

    name: str
    title: str
    unit: str
    better: Better

    def text(self, value: float) -> str:
        """``value`` with its unit, three decimals; shares in per cent."""
        return f"{value:.2%}" if self.unit == SHARE else f"{value:.3f} {self.unit}".rstrip()

    def cost(self, value: float) -> float:
        """``value`` with the sign that makes less better."""
        return value if self.better is Better.LESS else -value

    def lost(self, before: float, after: float) -> str:
        """The loss from ``before`` to ``after``, of a share in points; negative for a gain."""
        lost = self.cost(after) - self.cost(before)
        return f"{f'{100 * lost:.2f} points' if self.unit == SHARE else self.text(lost)} of {self.title}"


@dataclass(frozen=True)
class Targets:
    """The values (n, ...) that a training aims at, and the Keras loss that takes them."""

    values: Labels
    loss: Any


class Task(ABC):
    """Base of all tasks. ``outputs`` (n, *output shape) are float64, ``labels`` (n, ...) as the recipe loads them."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def quantities(self) -> tuple[Quantity, ...]:
        """The figures of merit; the first is the headline."""

    @property
    def headline(self) -> Quantity:
        """The figure that stands in summaries."""
        return self.quantities[0]

    @abstractmethod
    def loss(self) -> Any:
        """A Keras loss: labels and outputs to their mean loss."""

    def taught(self, labels: Labels, answers: Floats, share: float) -> Targets:
        """Labels in which a trained network's ``answers`` have a ``share``; ``TrainingError`` where a task has none."""
        raise TrainingError(
            f"a task of kind {self.kind!r} cannot be taught by another network; remove teaching from recipe.py"
        )

    @abstractmethod
    def check(self, split: str, labels: Labels) -> None:
        """Raise ``TrainingError`` where the labels of a split do not fit the task."""

    @abstractmethod
    def figures(self, outputs: Floats, labels: Labels) -> dict[str, float]:
        """The value of every quantity, by name."""

    def tables(self, outputs: Floats, labels: Labels) -> dict[str, Any]:
        """Further figures that are no single number, as JSON; taken on the first evaluated split only."""
        return {}

    def rows(self, network: Mapping[str, Any]) -> dict[str, str]:
        """Rows of a model card from the ``tables`` of a network in ``metrics.json``: title to value."""
        return {}

    def cost(self, figures: Mapping[str, float]) -> float:
        """A number that is least for the best epoch, from its validation figures."""
        return self.headline.cost(figures[self.headline.name])

    def parameters(self) -> dict[str, Any]:
        """The task's own settings, as JSON."""
        return {}

    def described(self) -> dict[str, Any]:
        """The entry ``task`` of ``metrics.json``: kind, settings, unit and direction of every figure."""
        figures = {entry.name: {"unit": entry.unit, "better": entry.better.value} for entry in self.quantities}
        return {"kind": self.kind, **self.parameters(), "figures": figures}

    def words(self, figures: Mapping[str, float]) -> str:
        """All figures in one line."""
        return ", ".join(f"{entry.title} {entry.text(figures[entry.name])}" for entry in self.quantities)
