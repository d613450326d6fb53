"""Accuracy of transformers, and areas and rejections of pairs of classes: the firmware's integers beside float."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.harness import Measurement
from benchmarks.jet_study.quality import SPLIT, accuracies, jets_of, metrics_of, scores_of
from benchmarks.study.networks import Network
from trigforge.training import load_recipe

LARGE, SMALL = "btag_transformer", "btag_transformer_small"


def measure(networks: Sequence[Network], say: Callable[[str], None]) -> list[Measurement]:
    """Every network on its own test jets; of the small one too what its areas lack of the large one's."""
    out: list[Measurement] = []
    areas: dict[str, dict[str, float]] = {}
    for network in networks:
        say(network.key)
        metrics, (features, labels) = metrics_of(network), jets_of(network, SPLIT)
        scores = scores_of(network, features)
        figures = [*accuracies(network, metrics, scores, labels), ("parameters", metrics["parameters"], "parameters")]
        pairs = load_recipe(network.path.parent).task.tables(scores, labels).get("pairs", {})
        figures += _pairs(pairs, metrics)
        areas[network.name] = {name: pair["auc"] for name, pair in pairs.items()}
        out += [Measurement(f"{network.key}: {name}", value, unit) for name, value, unit in figures]
        if network.name == SMALL and LARGE in areas:
            for name, area in areas[SMALL].items():
                lacking = areas[LARGE][name] - area
                out.append(Measurement(f"{network.key}: AUC {name}, below the large one", lacking, ""))
    return out


def _pairs(pairs: Mapping[str, Mapping[str, float]], metrics: Mapping[str, Any]) -> Iterator[tuple[str, float, str]]:
    for name, pair in pairs.items():
        floating = metrics["float"]["pairs"][name]
        yield f"AUC {name}", pair["auc"], ""
        yield f"AUC {name}, float", floating["auc"], ""
        yield f"AUC {name}, lost", floating["auc"] - pair["auc"], ""
        yield f"rejection {name}", pair["rejection"], ""
        yield f"rejection {name}, float", floating["rejection"], ""
