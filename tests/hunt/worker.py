"""The process that judges many models with one framework: ``python -m tests.hunt.worker FORMAT``.

It reads seeds, a batch a line, and prints lines of JSON: ``{"at": ...}`` before and a record behind every piece of
work, which is one model, the kernels or C simulations of a batch, or one model through Verilog.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.hunt.drawing import random_recipe
from tests.hunt.formats import FORMATS
from tests.hunt.judging import Outcome, Verdict, guarded, judged, kernel_verdicts
from tests.hunt.recipes import Recipe, Step
from tests.hunt.routes import built, routed, simulated
from trigforge.graph import FixedPointGraph
from trigforge.toolchain.native import FLAGS

SECONDS = 60
ROUTED = 25
"""every so many sound models of HGQ2 in a batch go through C simulation and Verilog"""
BUILT = 8
"""every so many sound models of another format go through Verilog, and all of them through C simulation"""
COMPILERS = tuple((compiler, level) for level in ("-O0", "-O1", "-O2", "-O3") for compiler in ("g++", "clang++"))


@dataclass(frozen=True)
class Judged:
    """A seed whose graph exists."""

    seed: int
    graph: FixedPointGraph


def work(seeds: list[int], kind: str) -> None:
    """Judge the models of these seeds, then their kernels, then all or some of them on the routes."""
    judge = FORMATS.get(kind)
    found = [_recipe(seed) if judge is None else _model(seed, lambda seed=seed: judge(seed)) for seed in seeds]
    sound = [one for one in found if one is not None]
    if not sound:
        return
    compiler, level = COMPILERS[seeds[0] // 25 % len(COMPILERS)]
    _together("kernel", sound, lambda graphs: _kernels(graphs, compiler, level), compiler=compiler, level=level)
    if judge is None:
        for one in sound[::ROUTED]:
            _report("routes", one.seed, lambda one=one: routed(random_recipe(one.seed)[0], one.graph))
        return
    _together("csim", sound, simulated)
    sample = [one for one in sound if one.seed % BUILT == 0]
    if sample:
        _together("RTL", sample, built)


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


def _recipe(seed: int) -> Judged | None:
    """A random model of HGQ2."""
    _print({"at": "model", "seed": seed})
    recipe, refused = random_recipe(seed)
    used = {"layers": layers_of(recipe), "options": options_of(recipe), "keras_refuses": dict(refused)}
    return _model(seed, lambda: judged(recipe), **used)


def _model(seed: int, judge: Callable[[], Verdict], **used: Any) -> Judged | None:
    verdict = _report("model", seed, judge, **used)
    return None if verdict.graph is None or verdict.outcome is not Outcome.EQUAL else Judged(seed, verdict.graph)


def _kernels(graphs: Sequence[FixedPointGraph], compiler: str, level: str) -> list[Verdict]:
    """All graphs through one compiler at one level."""
    os.environ["TRIGFORGE_GXX"] = compiler
    try:
        return kernel_verdicts(graphs, [flag for flag in FLAGS if not flag.startswith("-O")] + [level])
    finally:
        del os.environ["TRIGFORGE_GXX"]


def _together(
    kind: str, sound: Sequence[Judged], judge: Callable[[Sequence[FixedPointGraph]], list[Verdict]], **more: Any
) -> None:
    """All graphs of a batch at once; each alone where the batch fails."""
    _print({"at": f"{kind}s", "seed": sound[0].seed})
    begin = time.monotonic()
    try:
        verdicts = judge([one.graph for one in sound])
    except Exception:
        for one in sound:
            _report(kind, one.seed, lambda one=one: judge([one.graph])[0], **more)
        return
    seconds = round((time.monotonic() - begin) / len(sound), 2)
    for one, verdict in zip(sound, verdicts, strict=True):
        record = {"kind": kind, "seed": one.seed, "outcome": verdict.outcome, "said": verdict.said}
        _print({**record, "seconds": seconds, **more})


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
        work(seeds, sys.argv[1])
        _print({"done": seeds})


if __name__ == "__main__":
    main()
