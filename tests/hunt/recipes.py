"""A ``Recipe``: a small Keras model as plain data, from which it can be built again to the bit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontends.hgq_support import float64, scramble
from trigforge.frontends.keras.framework import keras, quiet


@dataclass(frozen=True)
class Step:
    """One call: ``call`` is ``hgq.CLASS``, ``keras.CLASS``, ``ops.FUNCTION``, ``index``, ``model`` or ``again``.

    ``on`` are numbers of tensors: the inputs of the recipe first, then the results of steps. They are passed as
    ``packing`` says: ``one``, ``list``, ``arguments``, ``dict`` (by name of input), or names of arguments and commas.
    ``again`` calls the layer or model of an earlier step of the same name.
    """

    call: str
    name: str
    on: list[int]
    packing: str = "one"
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    inner: Recipe | None = None


@dataclass(frozen=True)
class Recipe:
    """A model: inputs by name and shape without events, steps, numbers of the tensors that are outputs.

    ``packing`` says how inputs and outputs are given to Keras (``list`` or ``dict``); ``seed`` draws weights and bits.
    """

    seed: int
    inputs: dict[str, list[int]]
    steps: list[Step]
    outputs: list[int]
    packing: str = "list"
    precision: str = "float64"
    name: str = "m"


def to_json(recipe: Recipe) -> str:
    """The recipe as text, a step a line."""
    tree = asdict(recipe)
    steps = ",\n  ".join(json.dumps(step) for step in tree.pop("steps"))
    return f'{json.dumps(tree)[:-1]},\n "steps": [\n  {steps}\n ]}}\n'


def from_json(text: str) -> Recipe:
    """The recipe of a text."""
    return _recipe(json.loads(text))


def load(path: Path) -> Recipe:
    """The recipe of a file."""
    return from_json(path.read_text(encoding="utf-8"))


def _recipe(tree: Mapping[str, Any]) -> Recipe:
    steps = [Step(**{**step, "inner": step["inner"] and _recipe(step["inner"])}) for step in tree["steps"]]
    return Recipe(**{key: value for key, value in tree.items() if key != "steps"}, steps=steps)


class Construction:
    """A model that is built step by step; ``add`` raises what Keras raises."""

    def __init__(self, inputs: Mapping[str, Sequence[int]]) -> None:
        self.tensors: list[Any] = [keras().Input(tuple(shape), name=name) for name, shape in inputs.items()]
        self.inputs = dict(zip(inputs, self.tensors, strict=True))
        self.made: dict[str, Any] = {}

    def add(self, step: Step) -> list[int]:
        """Append the results of a step and return their numbers."""
        results = self._call(step, [self.tensors[n] for n in step.on])
        flat = keras().tree.flatten(results)
        self.tensors += flat
        return list(range(len(self.tensors) - len(flat), len(self.tensors)))

    def _call(self, step: Step, given: list[Any]) -> Any:
        if step.call == "index":
            return given[0][tuple(decoded(step.options["key"]))]
        if step.call.startswith("ops."):
            function: Any = getattr(keras().ops, step.call[4:])
            return _packed(function, step.packing, given, decoded(step.options))
        if step.call != "again":
            self.made[step.name] = _made(step)
        callee = self.made[step.name]
        if step.packing == "dict":
            return callee(dict(zip((tensor.name for tensor in callee.inputs), given, strict=True)))
        return _packed(callee, step.packing, given, {})

    def model(self, recipe: Recipe) -> Any:
        """The model of the recipe, whose steps have all been added."""
        outputs: Any = [self.tensors[n] for n in recipe.outputs]
        inputs: Any = [*self.inputs.values()]
        if recipe.packing == "dict":
            inputs, outputs = dict(self.inputs), {f"o{n}": tensor for n, tensor in enumerate(outputs)}
        return keras().Model(inputs, outputs, name=recipe.name)


def _made(step: Step) -> Any:
    if step.inner is not None:
        return _constructed(step.inner)
    package, _, name = step.call.partition(".")
    layers = keras().layers if package == "keras" else import_module(f"{package}.layers")
    return getattr(layers, name)(**decoded(step.options), name=step.name)


def _packed(function: Any, packing: str, given: list[Any], options: dict[str, Any]) -> Any:
    match packing:
        case "one":
            return function(given[0], **options)
        case "list":
            return function(given, **options)
        case "arguments":
            return function(*given, **options)
        case "einsum":
            return function(options["subscripts"], *given)
        case names:
            return function(**dict(zip(names.split(","), given, strict=True)), **options)


def _constructed(recipe: Recipe) -> Any:
    under_construction = Construction(recipe.inputs)
    for step in recipe.steps:
        under_construction.add(step)
    return under_construction.model(recipe)


def build(recipe: Recipe) -> Any:
    """The Keras model of a recipe, with its weights; raises what Keras raises."""
    if recipe.precision == "float64":
        with float64():
            return scramble(_constructed(recipe), np.random.default_rng(recipe.seed))
    with quiet():
        return scramble(_constructed(recipe), np.random.default_rng(recipe.seed))


def decoded(value: Any) -> Any:
    """Options as Python values: ``{"quantizer": ...}``, ``{"made": ...}`` and ``{"slice": ...}`` are objects."""
    match value:
        case {"quantizer": conf}:
            from hgq.config import QuantizerConfig

            return QuantizerConfig(**decoded(conf))
        case {"made": path, "with": arguments}:
            module, _, name = path.rpartition(".")
            return getattr(import_module(module), name)(*arguments)
        case {"layer": call, "options": given}:
            return _made(Step(call, "inner", [], options=given))
        case {"matrix": rows}:
            return np.array(rows)
        case {"slice": ends}:
            return slice(*ends)
        case {"rest": _}:
            return Ellipsis
        case dict():
            return {key: decoded(entry) for key, entry in value.items()}
        case list():
            return [decoded(entry) for entry in value]
        case _:
            return value
