"""``Reading``: a graph beside the model that it was read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trigforge.building import Floats, ModelTypes, rounded_constant
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
    """The graph of a model, not yet optimized, beside what its framework runs.

    ``model`` is None where nothing can, and ``uncompared`` says why; both are empty for a graph that was read as one.
    """

    graph: FixedPointGraph
    model: FrameworkModel | None = None
    uncompared: str = ""


@dataclass(frozen=True)
class _TypedInputs:
    """A model behind the types that a table gives to its inputs."""

    model: FrameworkModel
    types: ModelTypes

    @property
    def framework(self) -> str:
        """See ``FrameworkModel``."""
        return self.model.framework

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """See ``FrameworkModel``."""
        return self.model.outputs(self._rounded(events), precise=precise)

    def layers(self, events: Mapping[str, Floats]) -> Sequence[tuple[str, str, Floats]]:
        """See ``FrameworkModel``."""
        return self.model.layers(self._rounded(events))

    def _rounded(self, events: Mapping[str, Floats]) -> dict[str, Floats]:
        own = self.types.inputs
        return {
            name: rounded_constant(values, own[name]).to_float() if name in own else values
            for name, values in events.items()
        }


def behind_types(reading: Reading, types: ModelTypes) -> Reading:
    """A reading whose model rounds its inputs as ``types`` says, as its graph does."""
    if reading.model is None or not types.inputs:
        return reading
    return replace(reading, model=_TypedInputs(reading.model, types))
