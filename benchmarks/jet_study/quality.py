"""Accuracy and areas under the curve of jet taggers, float beside the firmware's integers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.harness import Measurement
from benchmarks.study.networks import Network, ebops_of, graph_of
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import Mantissas
from trigforge.merit import accuracy, area_under_curve, softmax
from trigforge.training import load_recipe

SPLIT = "test"


def measure(networks: Sequence[Network], say: Callable[[str], None], split: str = SPLIT) -> list[Measurement]:
    """Every network on the jets of a split: the emulator's accuracy in percent and area under the curve of each class,
    and those of the same network in float."""
    out: list[Measurement] = []
    for network in networks:
        say(network.key)
        out += [Measurement(f"{network.key}: {name}", value, unit) for name, value, unit in _figures(network, split)]
    return out


def _figures(network: Network, split: str) -> Iterator[tuple[str, float, str]]:
    metrics, (features, labels) = metrics_of(network), jets_of(network, split)
    scores = scores_of(network, features)
    yield from accuracies(network, metrics, scores, labels)
    for number, name in enumerate(metrics["task"]["names"]):
        yield f"AUC {name}", area_under_curve(softmax(scores)[:, number], labels == number), ""
        yield f"AUC {name}, float", metrics["float"]["auc"][name], ""


def accuracies(
    network: Network, metrics: Mapping[str, Any], scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
) -> Iterator[tuple[str, float, str]]:
    """The number of jets, the accuracy of ``scores`` and of the network in float, in percent, and its EBOPs."""
    found = 100 * accuracy(scores, labels)
    floating = 100 * metrics["float"]["accuracy"]["test"]
    yield "jets", len(labels), "jets"
    yield "accuracy", found, "%"
    yield "accuracy, float", floating, "%"
    yield "accuracy lost", floating - found, "%"
    yield "EBOPs", ebops_of(network) or 0, "EBOPs"


def metrics_of(network: Network) -> dict[str, Any]:
    """``metrics.json`` of its folder."""
    return json.loads((network.path.parent / "metrics.json").read_text(encoding="utf-8"))


def jets_of(network: Network, split: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Inputs and classes of jets, as the network's recipe loads them."""
    events = load_recipe(network.path.parent).load(split)
    return events.features, events.labels


def inputs_of(network: Network, features: npt.NDArray[Any]) -> dict[str, Mantissas]:
    """The mantissas of its one input."""
    (taken,) = graph_of(network).inputs
    return {taken.name: taken.encode(features)}


def sample_of(network: Network) -> dict[str, Mantissas]:
    """Those of the jets of the committed sample."""
    return inputs_of(network, jets_of(network, "sample")[0])


def scores_of(network: Network, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The values of its logits, from the native emulator."""
    graph = graph_of(network)
    found = choose(graph, EngineChoice.NATIVE).run(inputs_of(network, features), 2, lambda _: None)
    (name,) = graph.outputs
    return np.ldexp(found[name].astype(np.float64), graph.tensors[name].hull.lsb)
