"""Small HGQ2 models with random weights and widths, and the comparison with Keras on integers.

Keras runs in float64 here, where all sums of these models are exact (below 53 bits); in float32 they are exact only
below 24 bits.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge import frontends
from trigforge.emulator.reference import run
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.running import float64, in_float64
from trigforge.graph import FixedPointGraph, SimulationResult

__all__ = [
    "assert_agrees",
    "compiled_outputs",
    "events_for",
    "float64",
    "in_float64",
    "keras_outputs",
    "mismatches",
    "scramble",
    "simulate",
]
Floats = npt.NDArray[np.float64]


def scramble(model: Any, rng: np.random.Generator, scale: float = 1.0) -> Any:
    """Random weights, batch-norm statistics and widths (from pruned to 10 bits), as if trained and calibrated."""
    for layer in model._flatten_layers():
        for weight in getattr(layer, "_trainable_variables", []) + getattr(layer, "_non_trainable_variables", []):
            shape = tuple(weight.shape)
            match str(weight.name):
                case "k":
                    weight.assign(rng.integers(0, 2, shape))
                case "i":
                    weight.assign(rng.integers(-1, 4, shape) + rng.choice([-0.3, 0.0, 0.3], shape))
                case "f":
                    weight.assign(rng.integers(-1, 6, shape) + rng.choice([-0.3, 0.0, 0.3], shape))
                case "b":
                    weight.assign(rng.integers(0, 8, shape) + rng.choice([0.0, 0.3], shape))
                case "threshold":  # of spikes, in float32 as it is trained
                    weight.assign(np.float32(rng.uniform(0.1, 2.0, shape)))
                case "moving_variance":
                    weight.assign(rng.uniform(0.2, 3.0, shape))
                case "ebops":
                    weight.assign(1)
                case "beta" | "i_decay_speed" | "seed_generator_state":
                    pass
                case _:
                    weight.assign(rng.normal(size=shape) * scale)
    return model


def events_for(graph: FixedPointGraph, rng: np.random.Generator, events: int) -> dict[str, Floats]:
    """Floats of several magnitudes: off the grid, on it, and outside the range of the types."""
    drawn: dict[str, Floats] = {}
    for tensor in graph.inputs:
        shape = (events, *tensor.shape)
        values = rng.normal(size=shape) * rng.choice([0.1, 1.0, 4.0, 30.0], size=(events,) + (1,) * len(tensor.shape))
        drawn[tensor.name] = np.where(rng.random(shape) < 0.3, np.round(values * 16) / 16, values).astype(np.float32)
    return {name: values.astype(np.float64) for name, values in drawn.items()}


def simulate(graph: FixedPointGraph, events: dict[str, Floats], trace: bool = False) -> SimulationResult:
    """The reference emulator on host values."""
    return run(graph, {tensor.name: tensor.encode(events[tensor.name]) for tensor in graph.inputs}, trace=trace)


def keras_outputs(
    model: Any, graph: FixedPointGraph, events: dict[str, Floats], dtype: str = "float64"
) -> list[Floats]:
    """What the model itself gives."""
    arrays = [events[tensor.name].astype(dtype) for tensor in graph.inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = model(arrays if len(arrays) > 1 else arrays[0], training=False)
        listed = results if isinstance(results, list | tuple) else [results]
        return [np.asarray(keras().ops.convert_to_numpy(result), dtype=np.float64) for result in listed]


def compiled_outputs(model: Any, graph: FixedPointGraph, events: dict[str, Floats]) -> list[Floats]:
    """As ``keras_outputs`` through XLA, for many events at once."""
    arrays = [events[tensor.name] for tensor in graph.inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.compile(jit_compile=True)
        results = model.predict(arrays if len(arrays) > 1 else arrays[0], batch_size=500, verbose=0)
    return [np.asarray(result) for result in (results if isinstance(results, list | tuple) else [results])]


def mismatches(graph: FixedPointGraph, result: SimulationResult, expected: list[Floats]) -> int:
    """Outputs whose mantissas are not those of the expected numbers, exactly."""
    wrong = 0
    assert len(expected) == len(graph.outputs)
    for name, values in zip(graph.outputs, expected, strict=True):
        mantissas = result.outputs[name]
        assert mantissas.shape == values.shape
        scaled = np.ldexp(values, -graph.tensors[name].hull.lsb)
        wrong += int((mantissas.astype(np.float64) != scaled).sum())
    return wrong


def assert_agrees(model: Any, seed: int = 0, events: int = 200) -> tuple[FixedPointGraph, SimulationResult]:
    """Read the model, run both on the same floats, and compare every output."""
    graph = frontends.read(model)
    drawn = events_for(graph, np.random.default_rng(seed), events)
    result = simulate(graph, drawn)
    assert mismatches(graph, result, keras_outputs(model, graph, drawn)) == 0
    return graph, result
