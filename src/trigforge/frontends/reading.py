"""``Reading``: a graph beside the model that it was read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trigforge.building import Floats
from trigforge.graph import FixedPointGraph


class FrameworkModel(Protocol):
    """A trained model that its own framework runs."""

    @property
    def framework(self) -> str:
        """The name of the framework."""
        ...

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """Every output for host values ``(events, *shape)`` by input.

        In the model's own precision, or in one in which its sums are exact if ``precise``.
        """
        ...

    def layers(self, events: Mapping[str, Floats]) -> Sequence[tuple[str, str, Floats]]:
        """For each layer in order: its name, the tensor of the graph that is its result, and its values, precise."""
        ...


@dataclass(frozen=True)
class Reading:
    """The graph of a model, not yet optimized; ``model`` is None where no framework can run it, as for a file."""

    graph: FixedPointGraph
    model: FrameworkModel | None = None
