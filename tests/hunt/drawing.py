"""``random_recipe(seed)``: random models of every layer and option, one for each seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from tests.hunt.dice import Dice, options, quantizer
from tests.hunt.kinds import KINDS, SELDOM
from tests.hunt.recipes import Construction, Recipe, Step, decoded
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.frontends.keras.running import float64

_SHAPES = ((3,), (5,), (4, 3), (3, 2), (5, 2), (6, 1), (4, 3, 2), (3, 4, 1), (4, 4, 2), (2, 3, 2, 2))
_MOST_ELEMENTS = 64
_TRIES = 40
_FIXED = ("name",)
_FEATURED_OPTIONS = 5
_FLOAT32 = ("hgq.QAveragePooling3D", "hgq.QMaxPooling3D")
"""layers that TensorFlow runs on a CPU in float32 only"""


class Draft:
    """A recipe in the making: ``refused`` counts what Keras or HGQ2 do not take."""

    def __init__(self, dice: Dice, inputs: dict[str, list[int]], prefix: str, inside: bool) -> None:
        self.dice, self.prefix, self.inside = dice, prefix, inside
        self.made = Construction(inputs)
        self.inputs = inputs
        self.steps: list[Step] = []
        self.raw = set() if inside else set(range(len(inputs)))
        self.used: set[int] = set()
        self.refused: Counter[str] = Counter()

    def shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self.made.tensors[tensor].shape[1:])

    def add(self, step: Step) -> list[int]:
        """The results of a step; none where Keras refuses it."""
        try:
            results = self.made.add(step)
        except Exception as error:
            self.refused[f"{step.call}: {type(error).__name__}"] += 1
            return []
        if any(None in self.shape(n) or not self.shape(n) or 0 in self.shape(n) for n in results):
            del self.made.tensors[results[0] :]
            return []
        self.steps.append(step)
        self.used |= set(step.on)
        if not step.call.startswith(("hgq.", "again")) and self.raw & set(step.on):
            self.raw |= set(results)
        return results

    def name(self) -> str:
        return f"{self.prefix}{len(self.steps)}"

    def operands(self, count: int, alike: bool, raw: float) -> list[int]:
        """Random tensors, the newest most likely; those that no quantizer has met with the probability ``raw``."""
        known = [n for n in range(len(self.made.tensors)) if prod(self.shape(n)) <= _MOST_ELEMENTS]
        known = [n for n in known if n not in self.raw or self.dice.chance(raw)] or known
        found = [known[max(0, len(known) - 1 - int(self.dice.rng.geometric(0.4) - 1))]]
        while len(found) < count:
            fitting = [n for n in known if not alike or self.shape(n) == self.shape(found[0])]
            found.append(self.dice.one(*fitting))
        return found

    def random_step(self) -> bool:
        """Try one step of a random kind."""
        dice = self.dice
        if self.steps and dice.chance(0.04):
            return self.again()
        if not self.inside and dice.chance(0.06):
            return self.nested()
        names, weights = list(KINDS), np.array([kind.weight for kind in KINDS.values()])
        return self.step(names[int(dice.rng.choice(len(names), p=weights / weights.sum()))])

    def step(self, call: str, featured: int = 0) -> bool:
        """Try one step of a kind, with ``featured`` options in any case."""
        dice, kind = self.dice, KINDS[call]
        on = self.operands(dice.between(*kind.operands), kind.alike, 0.15 if call.startswith("hgq.") else 0.02)
        made = kind.maker(dice, [self.shape(n) for n in on])
        if made is None:
            return False
        if call.partition(".")[0] in ("hgq", "keras"):
            names = [name for name in known_options(call, made) if name not in made]
            made = options(dice, names, len(on), featured) | made
            if set(on) & self.raw and dice.chance(0.95):
                made.pop("enable_iq", None)
        return bool(self.add(Step(call, self.name(), on, kind.packing, made)))

    def again(self) -> bool:
        """Call an earlier layer with another tensor."""
        earlier = self.dice.one(*self.steps)
        if earlier.call.partition(".")[0] not in ("hgq", "keras", "model"):
            return False
        shapes = [self.shape(n) for n in earlier.on]
        on = [self.dice.one(*(n for n in range(len(self.made.tensors)) if self.shape(n) == s)) for s in shapes]
        return bool(self.add(Step("again", earlier.name, on, earlier.packing)))

    def nested(self) -> bool:
        """A model inside, with its own steps."""
        dice, on = self.dice, self.operands(self.dice.between(1, 2), False, 0.0)
        inner = Draft(dice, {f"{self.name()}_{n}": list(self.shape(k)) for n, k in enumerate(on)}, "n", True)
        inner.fill(dice.between(1, 3))
        packing = dice.one("list", "dict")
        recipe = inner.recipe(0, packing, "float64", self.name())
        call = packing if packing == "dict" else "one" if len(on) == 1 else dice.one("list", "dict")
        return bool(recipe.steps and self.add(Step("model", self.name(), on, call, {}, recipe)))

    def fill(self, count: int) -> None:
        for _ in range(_TRIES):
            if len(self.steps) >= count:
                return
            self.random_step()

    def recipe(self, seed: int, packing: str, precision: str, name: str) -> Recipe:
        """The recipe; its outputs are all results that no step takes, and sometimes others."""
        results = [n for n in range(len(self.inputs), len(self.made.tensors)) if n not in self.raw]
        outputs = [n for n in results if n not in self.used or self.dice.chance(0.05)] or results[-1:]
        if outputs and self.dice.chance(0.03):
            outputs.append(outputs[0])
        return Recipe(seed, self.inputs, self.steps, outputs, packing, precision, name)


def random_recipe(seed: int) -> tuple[Recipe, Counter[str]]:
    """The recipe of a seed, and what Keras refused on the way.

    Each features one layer of HGQ2 in turn, with some of its options given in any case.
    """
    dice = Dice(np.random.default_rng([20261126, seed]))
    read = [call for call, kind in KINDS.items() if call.startswith("hgq.") and kind.weight > SELDOM]
    featured = read[seed % len(read)]
    precision = "float32" if featured in _FLOAT32 or dice.chance(0.08) else "float64"
    names = dice.mixed(["x", "jets", "a.b", "input 1", "ETIME", "y"])[: dice.one(1, 1, 1, 2, 2, 3)]
    inputs = {name: list(dice.one(*_SHAPES)) for name in names}
    while KINDS[featured].maker(dice, [tuple(inputs[names[0]])] * KINDS[featured].operands[1]) is None:
        inputs[names[0]] = list(dice.one(*_SHAPES))
    with float64() if precision == "float64" else quiet():
        draft = Draft(dice, inputs, "l", False)
        for n in range(len(inputs)):
            if dice.chance(0.9):
                draft.add(Step("hgq.Quantizer", draft.name(), [n], "one", {"config": quantizer(dice, "datalane")}))
        draft.fill(len(draft.steps) + dice.between(0, 1))
        for _ in range(_TRIES):
            if draft.step(featured, _FEATURED_OPTIONS):
                break
        draft.fill(len(draft.steps) + dice.between(0, 2))
        if draft.raw >= set(range(len(draft.made.tensors))):
            last = len(draft.made.tensors) - 1
            draft.add(Step("hgq.Quantizer", draft.name(), [last], "one", {"config": quantizer(dice, "datalane")}))
        return draft.recipe(seed, dice.one("list", "list", "dict"), precision, f"m{seed}"), draft.refused


def known_options(call: str, made: dict[str, Any]) -> Sequence[str]:
    """The names of all options of a layer, as its own configuration lists them, but its name."""
    package, _, name = call.partition(".")
    owner = keras().layers if package == "keras" else import_module(f"{package}.layers")
    try:
        config = getattr(owner, name)(**decoded(made)).get_config()
    except Exception:  # the step itself will be refused, and counted
        return ()
    return sorted(key for key in config if key not in _FIXED)
