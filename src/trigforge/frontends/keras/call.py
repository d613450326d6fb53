"""``Call``: one call of one layer of a Keras model, with tensors of a graph in place of Keras's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from trigforge.building import NO_TYPES, Builder, LayerTypes, OpenLayer, Refusal, Tensor

LEFT_OUT = ("softmax", "sigmoid")
"""functions at the end of a model that keep the order of its results: the graph ends before them"""


@dataclass(frozen=True)
class Call:
    """The arguments of one call of ``layer`` in ``model``.

    ``output_shape`` is Keras's, without the event axis; of several outputs, that of number ``output``. ``types`` are
    those that a table gives to the layer; ``final`` is True where nothing follows in the model, ``opened`` the layer of
    the graph that is being made.
    """

    builder: Builder
    model: Any
    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output_shape: tuple[int, ...]
    final: bool = False
    output: int = 0
    types: LayerTypes = NO_TYPES
    opened: OpenLayer | None = None

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, in order."""
        return _flatten((*self.args, *self.kwargs.values()))

    @property
    def x(self) -> Tensor:
        """The one tensor of a layer that takes one."""
        tensors = self.tensors
        if len(tensors) != 1:
            raise Refusal(f"is called with {len(tensors)} tensors", "call it with one, without a mask")
        return tensors[0]

    @property
    def dtype(self) -> str:
        """The precision in which the layer computes, float32 or float64; that of the model for an operation."""
        return str(getattr(self.layer, "compute_dtype", self.model.compute_dtype))

    def leaves_out(self, function: str) -> bool:
        """True for a softmax or sigmoid without a type that ends the model: the graph ends before it, and says so."""
        ends = self.final and self.opened is not None and function in LEFT_OUT and self.types.result is None
        if ends and self.opened is not None:
            self.opened.left_out = function
        return ends

    def named(self, *names: str) -> dict[str, Any]:
        """The arguments by name, where ``names`` are those of the first ones."""
        return {**dict(zip(names, self.args, strict=False)), **self.kwargs}

    def on(self, *tensors: Tensor, layer: Any = None) -> "Call":
        """The same call, or that of a layer inside this one, on other tensors."""
        return replace(self, layer=layer or self.layer, args=tensors, kwargs={})


Handler = Callable[[Call], Tensor]
"""A translation of one call into words of ``building``; ``Refusal`` for what cannot be exact."""

Key = tuple[str, str]
"""Top-level package (``keras.ops`` for operations) and name of a class."""


@dataclass(frozen=True)
class Handlers:
    """The layers that a front-end reads; ``reasons`` says of others what was found and what to do.

    ``typed`` are those whose weights and activations may have types from a table.
    """

    by_class: Mapping[Key, Handler]
    reasons: Mapping[str, tuple[str, str]]
    typed: frozenset[Key] = frozenset()

    def check_types(self, key: Key, types: LayerTypes) -> None:
        """``Refusal`` for a type that the layer has no use for; any layer's result may have one."""
        unused = sorted(types.parts.keys() - {"result"})
        if unused and key not in self.typed:
            raise Refusal(f"has no {unused[0]} that a type could be given to", f"leave {unused[0]} out of its types")


def _flatten(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):  # in the order of their keys, as Keras flattens them
        return _flatten([item for _, item in sorted(cast(dict[str, Any], value).items())])
    if isinstance(value, list | tuple):
        return [tensor for item in cast(Sequence[Any], value) for tensor in _flatten(item)]
    return []
