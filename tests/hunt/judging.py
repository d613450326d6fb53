"""The outcome of a recipe: what Keras, the graph and both emulators say to it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.frontends.hgq_support import events_for, float64, mismatches, simulate
from tests.hunt.recipes import Recipe, build
from trigforge import frontends
from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import to_native
from trigforge.errors import BitMismatch, GraphError, TrigforgeError, WidthError
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.toolchain import native

_EVENTS = 200
_KERNEL_EVENTS = 3000
_SAVED = 8
"""every so many models are read from a file too"""


class Outcome(StrEnum):
    """The end of one model."""

    EQUAL = "equal"
    REFUSED = "refused"
    """by an error of the project, in one line"""
    NO_MODEL = "not buildable"
    """Keras or HGQ2 itself does not build or run it"""
    WRONG = "wrong"
    TRACEBACK = "traceback"
    SLOW = "slow"


FAULTS = (Outcome.WRONG, Outcome.TRACEBACK, Outcome.SLOW)


@dataclass(frozen=True)
class Verdict:
    """An outcome and its sentence; the graph where there is one."""

    outcome: Outcome
    said: str = ""
    graph: FixedPointGraph | None = None


def judged(recipe: Recipe) -> Verdict:
    """Build the model, read it, and compare the graph with the framework, on two kinds of events."""
    keras().utils.clear_session(free_memory=False)
    try:
        model = build(recipe)
    except Exception as error:
        return Verdict(Outcome.NO_MODEL, f"{type(error).__name__}: {_line(error)}")
    verdict = guarded(lambda: _compared(model, recipe))
    unusable = verdict.outcome is Outcome.REFUSED and "as Keras itself does not run it" in verdict.said
    return Verdict(Outcome.NO_MODEL, verdict.said) if unusable else verdict


def guarded(work: Any) -> Verdict:
    """The verdict of ``work``, or that of the exception that ends it."""
    try:
        return work()
    except BitMismatch as error:
        return Verdict(Outcome.WRONG, _line(error))
    except TrigforgeError as error:
        if isinstance(error, GraphError) and not isinstance(error, WidthError):
            return Verdict(Outcome.TRACEBACK, f"a graph that contradicts itself: {_line(error)}")
        first, *others = str(error).splitlines()
        listed = first.endswith("reasons:") and all(line.strip().startswith("- ") for line in others)
        return Verdict(Outcome.REFUSED if listed or not others else Outcome.TRACEBACK, _line(error))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict(
            Outcome.TRACEBACK, f"{type(error).__name__}: {_line(error)} ({Path(place.filename).name}:{place.lineno})"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:600]


def _compared(model: Any, recipe: Recipe) -> Verdict:
    reading = frontends.read_with_model(model, name=recipe.name)
    graph = optimize(reading.graph)
    assert reading.model is not None
    compare_with_framework(reading.graph, graph, reading.model)
    if recipe.precision == "float64":
        events = events_for(graph, np.random.default_rng(recipe.seed), _EVENTS)
        wrong = mismatches(graph, simulate(graph, events), reading.model.outputs(events, precise=False))
        if wrong:
            return Verdict(Outcome.WRONG, f"{wrong} values differ, though the check on reading found none", graph)
    if recipe.seed % _SAVED == 0:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"m{'.keras' if recipe.seed % (2 * _SAVED) else '.h5'}"
            if _read_from(path, model, recipe) != reading.graph.digest:
                return Verdict(Outcome.WRONG, f"the graph of the {path.suffix} file is another than the model's", graph)
    return Verdict(Outcome.EQUAL, "", graph)


def _read_from(path: Path, model: Any, recipe: Recipe) -> str:
    """The digest of the graph that is read from a file; HGQ2 cannot load float64 but where it is the default."""
    with float64() if recipe.precision == "float64" else quiet():
        model.save(path)
        return frontends.read(path, name=recipe.name).digest


def kernel_verdicts(graphs: Sequence[FixedPointGraph], flags: Sequence[str]) -> list[Verdict]:
    """The native emulator against the reference, all graphs in one library of these flags."""
    kernels = [to_native(graph) for graph in graphs]
    with TemporaryDirectory() as folder:
        simulations = native.compile_kernels(kernels, Path(folder), flags=flags)
        return [guarded(lambda g=g, s=s: _kernel(g, s)) for g, s in zip(graphs, simulations, strict=True)]


def _kernel(graph: FixedPointGraph, simulation: native.NativeSimulation) -> Verdict:
    stimuli = random_stimuli(graph, _KERNEL_EVENTS, seed=3)
    expected, found = run(graph, stimuli).outputs, simulation.run(stimuli).outputs
    wrong = [name for name, mantissas in expected.items() if (mantissas != found[name]).any()]
    return Verdict(Outcome.WRONG, f"the native emulator differs in {wrong}") if wrong else Verdict(Outcome.EQUAL)
