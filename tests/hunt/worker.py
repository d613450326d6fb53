"""The process that judges many recipes with one TensorFlow: ``python -m tests.hunt.worker``.

It reads seeds, a batch a line, and prints lines of JSON: ``{"at": ...}`` before and a record behind every piece of
work, which is one model, the kernels of a batch, or one model through C simulation and Verilog.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.hunt.drawing import random_recipe
from tests.hunt.judging import Outcome, Verdict, guarded, judged, kernel_verdicts
from tests.hunt.recipes import Recipe, Step
from tests.hunt.routes import routed
from trigforge.graph import FixedPointGraph
from trigforge.toolchain.native import FLAGS

SECONDS = 60
ROUTED = 25
"""every so many sound models of a batch go through C simulation and Verilog"""
COMPILERS = tuple((compiler, level) for level in ("-O0", "-O1", "-O2", "-O3") for compiler in ("g++", "clang++"))


@dataclass(frozen=True)
class Judged:
    """A recipe whose graph exists."""

    recipe: Recipe
    graph: FixedPointGraph


def work(seeds: list[int]) -> None:
    """Judge the models of these seeds, then their kernels, then a sample on all routes."""
    sound = [found for seed in seeds if (found := _model(seed)) is not None]
    if sound:
        _kernels(seeds[0], sound)
    for one in sound[::ROUTED]:
        _report("routes", one.recipe.seed, lambda one=one: routed(one.recipe, one.graph))


def _report(kind: str, seed: int, task: Callable[[], Verdict], **more: Any) -> Verdict:
    _print({"at": kind, "seed": seed})
    begin = time.monotonic()
    verdict = guarded(task)
    seconds = time.monotonic() - begin
    outcome = verdict.outcome
    if kind == "model" and seconds > SECONDS and outcome is Outcome.EQUAL:
        outcome = Outcome.SLOW
    _print({"kind": kind, "seed": seed, "outcome": outcome, "said": verdict.said, "seconds": round(seconds, 2)} | more)
    return verdict


def _print(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def _model(seed: int) -> Judged | None:
    _print({"at": "model", "seed": seed})
    recipe, refused = random_recipe(seed)
    used = {"layers": layers_of(recipe), "options": options_of(recipe), "keras_refuses": dict(refused)}
    verdict = _report("model", seed, lambda: judged(recipe), **used)
    return None if verdict.graph is None or verdict.outcome is not Outcome.EQUAL else Judged(recipe, verdict.graph)


def _kernels(first: int, sound: list[Judged]) -> None:
    """All graphs of a batch through one compiler at one level; each alone where the batch fails."""
    compiler, level = COMPILERS[first // 25 % len(COMPILERS)]
    os.environ["TRIGFORGE_GXX"] = compiler
    flags = [flag for flag in FLAGS if not flag.startswith("-O")] + [level]
    more = {"compiler": compiler, "level": level}
    _print({"at": "kernels", "seed": first})
    begin = time.monotonic()
    try:
        verdicts = kernel_verdicts([one.graph for one in sound], flags)
        seconds = round((time.monotonic() - begin) / len(sound), 2)
        for one, verdict in zip(sound, verdicts, strict=True):
            record = {"kind": "kernel", "seed": one.recipe.seed, "outcome": verdict.outcome, "said": verdict.said}
            _print({**record, "seconds": seconds, **more})
    except Exception:
        for one in sound:
            _report("kernel", one.recipe.seed, lambda one=one: kernel_verdicts([one.graph], flags)[0], **more)
    finally:
        del os.environ["TRIGFORGE_GXX"]


def steps_of(recipe: Recipe) -> Iterator[Step]:
    """All steps, those of models inside too."""
    for step in recipe.steps:
        yield step
        if step.inner is not None:
            yield from steps_of(step.inner)


def layers_of(recipe: Recipe) -> list[str]:
    """What is called, once for each call."""
    return [step.call for step in steps_of(recipe)]


def options_of(recipe: Recipe) -> list[str]:
    """Options that are given, as ``hgq.QDense.units``; of quantizers with values, ``Quantizer.round_mode=RND``."""
    found: list[str] = []
    for step in steps_of(recipe):
        found += [f"{step.call}.{option}" for option in step.options]
        for value in step.options.values():
            for conf in value if isinstance(value, list) else [value]:
                if isinstance(conf, dict) and "quantizer" in conf:
                    found += [f"Quantizer.{key}={entry}" for key, entry in conf["quantizer"].items()]
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        seeds = [int(seed) for seed in line.split()]
        work(seeds)
        _print({"done": seeds})


if __name__ == "__main__":
    main()
