"""The trained model, run by Keras itself: what a graph is compared with when it has been read."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from trigforge.building import Floats, LayerTypes
from trigforge.errors import UnsupportedModelError
from trigforge.foreign_files import reading, reason
from trigforge.frontends.keras.framework import keras, quiet, to_numpy
from trigforge.frontends.keras.typed import typed_copy


@dataclass(frozen=True)
class KerasModel:
    """A Keras model beside the names of its graph's inputs, and of the tensor that is each layer's result.

    It rounds as ``types`` says, and ends before the activations of ``left_out``, both by layer.
    """

    model: Any
    inputs: tuple[str, ...]
    results: Mapping[str, str]
    types: Mapping[str, LayerTypes]
    left_out: frozenset[str]
    framework: str = "Keras"

    def outputs(self, events: Mapping[str, Floats], *, precise: bool) -> list[Floats]:
        """Every output; in float64 if ``precise``, else in the precision of the model.

        Raises ``UnsupportedModelError`` for a model that Keras itself cannot run so.
        """
        if not precise:
            with self._runnable(str(self.model.compute_dtype)):
                return run(self._rounding, [events[name] for name in self.inputs])
        with self._runnable("float64"), float64():
            return run(in_float64(self._rounding), [events[name] for name in self.inputs])

    def layers(self, events: Mapping[str, Floats]) -> Sequence[tuple[str, str, Floats]]:
        """The results of all layers that are called once, in float64."""
        with self._runnable("float64"), float64():
            copy = in_float64(self._rounding)
            single = {layer.name: layer for layer in copy.layers if len(layer._inbound_nodes) == 1}
            named = [(name, tensor) for name, tensor in self.results.items() if name in single]
            inside = keras().Model(copy.inputs, [single[name].output for name, _ in named])
            values = run(inside, [events[name] for name in self.inputs])
        return [(name, tensor, found) for (name, tensor), found in zip(named, values, strict=True)]

    @property
    def _rounding(self) -> Any:
        """The model as the graph computes it."""
        if not self.types and not self.left_out:
            return self.model
        return typed_copy(self.model, self.types, self.left_out)

    def _runnable(self, precision: str) -> AbstractContextManager[None]:
        return reading(
            lambda error: UnsupportedModelError(
                f"model {self.model.name!r} cannot be compared with its graph, as Keras itself does not run it in "
                f"{precision} ({reason(error)}); correct the model, or read it with check=False"
            )
        )


def run(model: Any, arrays: Sequence[Floats]) -> list[Floats]:
    """Every output of a model, in its own precision."""
    precision = str(model.compute_dtype)
    given = [keras().ops.convert_to_tensor(array.astype(precision)) for array in arrays]
    struct = getattr(model, "_inputs_struct", None)
    with quiet():
        packed = given if struct is None else keras().tree.pack_sequence_as(struct, given)
        results = model(packed, training=False)
        return [to_numpy(result) for result in keras().tree.flatten(results)]


@contextmanager
def float64() -> Generator[Any]:
    """Keras with float64 as the type of everything that is built or loaded inside."""
    framework = keras()
    before, policy = framework.config.floatx(), framework.config.dtype_policy()
    try:
        framework.config.set_floatx("float64")
        framework.config.set_dtype_policy("float64")
        with quiet():
            yield framework
    finally:
        framework.config.set_floatx(before)
        framework.config.set_dtype_policy(policy)


def in_float64(model: Any) -> Any:
    """A copy of a model that computes in float64 with the same weights. Call it inside ``float64()``."""
    config = keras().saving.serialize_keras_object(model)["config"]
    copy: Any = model.__class__.from_config(_widened(config))
    copy.set_weights(model.get_weights())
    return copy


def _widened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _widened(entry) for key, entry in cast(dict[str, Any], value).items()}
    if isinstance(value, list | tuple):
        items = [_widened(entry) for entry in cast(Sequence[Any], value)]
        return tuple(items) if isinstance(value, tuple) else items
    return "float64" if value == "float32" else value
