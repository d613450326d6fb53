"""The kinds of tasks: classes, regression, reconstruction, tagging at a working point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from trigforge.errors import TrainingError
from trigforge.merit import (
    Floats,
    accuracy,
    area_under_curve,
    background_efficiency,
    half_width,
    residuals,
    resolution,
    root_mean_square,
    softmax,
    working_point,
)
from trigforge.training.framework import keras
from trigforge.training.task import SHARE, Better, Labels, Quantity, Targets, Task

SIGNAL_EFFICIENCIES = np.linspace(0.02, 1.0, 50)
PAIR_EFFICIENCY = 0.7


@dataclass(frozen=True)
class Classes(Task):
    """One logit a class; labels (n,) are class numbers. Loss: cross-entropy. Headline: accuracy.

    Tables: for each class against the rest, the area under the curve and the background efficiency at each of
    ``SIGNAL_EFFICIENCIES``; for each of ``pairs``, two names, the area of the first class against the second by the
    difference of their logits, and the rejection, one over the background efficiency, at ``PAIR_EFFICIENCY``.
    """

    names: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    kind: ClassVar[str] = "classes"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (Quantity("accuracy", "accuracy", SHARE, Better.MORE),)

    def loss(self) -> Any:
        return keras().losses.SparseCategoricalCrossentropy(from_logits=True)

    def taught(self, labels: Labels, answers: Floats, share: float) -> Targets:
        """Probabilities of the classes (Hinton et al., arXiv 1503.02531, at temperature 1)."""
        truth = np.eye(len(self.names), dtype=np.float32)[labels]
        mixed = (1 - share) * truth + share * softmax(answers).astype(np.float32)
        return Targets(mixed, keras().losses.CategoricalCrossentropy(from_logits=True))

    def check(self, split: str, labels: Labels) -> None:
        count = len(self.names)
        if not 0 <= int(labels.min()) <= int(labels.max()) < count:
            raise TrainingError(
                f"the labels of the split {split!r} reach from {labels.min()} to {labels.max()}; "
                f"the recipe names {count} classes, 0 to {count - 1}"
            )

    def figures(self, outputs: Floats, labels: Labels) -> dict[str, float]:
        return {"accuracy": accuracy(outputs, labels)}

    def tables(self, outputs: Floats, labels: Labels) -> dict[str, Any]:
        areas: dict[str, float] = {}
        curves: dict[str, list[float]] = {}
        for number, (name, score) in enumerate(zip(self.names, softmax(outputs).T, strict=True)):
            areas[name] = round(area_under_curve(score, labels == number), 5)
            curve = background_efficiency(score, labels == number, SIGNAL_EFFICIENCIES)
            curves[name] = [round(float(share), 6) for share in curve]
        pairs = {f"{one} against {other}": self._pair(outputs, labels, one, other) for one, other in self.pairs}
        return {"auc": areas, "background_efficiency": curves} | ({"pairs": pairs} if pairs else {})

    def _pair(self, outputs: Floats, labels: Labels, one: str, other: str) -> dict[str, float]:
        first, second = self.names.index(one), self.names.index(other)
        seen = (labels == first) | (labels == second)
        score, signal = (outputs[:, first] - outputs[:, second])[seen], labels[seen] == first
        background = float(background_efficiency(score, signal, np.array([PAIR_EFFICIENCY]))[0])
        least = 1 / int((~signal).sum())
        return {"auc": round(area_under_curve(score, signal), 5), "rejection": round(1 / max(background, least), 2)}

    def rows(self, network: Mapping[str, Any]) -> dict[str, str]:
        rows = {f"AUC, {name} against the rest": f"{area:.3f}" for name, area in network["auc"].items()}
        for name, pair in network.get("pairs", {}).items():
            rows[f"AUC, {name}"] = f"{pair['auc']:.3f}"
            rows[f"rejection at {PAIR_EFFICIENCY:.0%}, {name}"] = f"{pair['rejection']:.1f}"
        return rows

    def parameters(self) -> dict[str, Any]:
        efficiencies = [round(float(share), 2) for share in SIGNAL_EFFICIENCIES]
        return {"names": list(self.names), "signal_efficiency": efficiencies}


@dataclass(frozen=True)
class Regression(Task):
    """One output, a quantity in ``unit``; labels (n,) are its true values. Loss: mean square of the residuals.

    Headline: the RMS of the residuals below ``window`` in size; the others are lost. The best epoch has the least RMS
    over the share that is kept.
    """

    unit: str
    window: float
    kind: ClassVar[str] = "regression"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (
            Quantity("resolution", "resolution", self.unit, Better.LESS),
            Quantity("kept", "kept", SHARE, Better.MORE),
            Quantity("half_width", "68 % half-width", self.unit, Better.LESS),
        )

    def loss(self) -> Any:
        return keras().losses.MeanSquaredError()

    def check(self, split: str, labels: Labels) -> None:
        _check_finite(split, labels, f"values in {self.unit}")

    def figures(self, outputs: Floats, labels: Labels) -> dict[str, float]:
        differences = residuals(outputs, labels)
        spread, kept = resolution(differences, self.window)
        return {"resolution": spread, "kept": kept, "half_width": half_width(differences)}

    def cost(self, figures: Mapping[str, float]) -> float:
        return figures["resolution"] / max(figures["kept"], 1e-9)

    def parameters(self) -> dict[str, Any]:
        return {"unit": self.unit, "window": self.window}


def _mean_square(labels: Any, outputs: Any) -> Any:
    return keras().losses.MeanSquaredError()(labels, outputs)


@dataclass(frozen=True)
class Reconstruction(Task):
    """An autoencoder's outputs; labels have the same shape and are the values to be reconstructed.

    ``distance`` is the loss: labels and outputs as Keras tensors to a scalar or (n,). ``measures`` gives each figure
    of merit and its function of outputs and labels as arrays; the first is the headline.
    """

    distance: Callable[[Any, Any], Any] = _mean_square
    measures: Mapping[Quantity, Callable[[Floats, Labels], float]] = field(
        default_factory=lambda: {Quantity("error", "RMS error", "", Better.LESS): root_mean_square}
    )
    kind: ClassVar[str] = "reconstruction"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return tuple(self.measures)

    def loss(self) -> Any:
        return self.distance

    def check(self, split: str, labels: Labels) -> None:
        _check_finite(split, labels, "values to reconstruct")

    def figures(self, outputs: Floats, labels: Labels) -> dict[str, float]:
        return {entry.name: float(measure(outputs, labels)) for entry, measure in self.measures.items()}


@dataclass(frozen=True)
class Tagging(Task):
    """One logit for ``signal``; labels (n,) are 1 for signal, 0 for background. Loss: binary cross-entropy.

    Headline: the share of signal above the threshold that lets pass at most ``background`` of the background.
    Tables: that threshold, on the logit, and the share of background that passes it.
    """

    signal: str
    background: float
    kind: ClassVar[str] = "tagging"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        title = f"{self.signal} efficiency at {100 * self.background:.3g} % background"
        return (
            Quantity("signal_efficiency", title, SHARE, Better.MORE),
            Quantity("area", "AUC", "", Better.MORE),
        )

    def loss(self) -> Any:
        return keras().losses.BinaryCrossentropy(from_logits=True)

    def check(self, split: str, labels: Labels) -> None:
        found = np.unique(labels).tolist()
        if found != [0, 1]:
            raise TrainingError(
                f"the split {split!r} has the labels {', '.join(map(str, found[:5]))}; "
                f"tagging needs both 0 (background) and 1 ({self.signal}), and no others"
            )

    def figures(self, outputs: Floats, labels: Labels) -> dict[str, float]:
        score, signal = outputs[:, 0], labels == 1
        _, efficiency, _ = working_point(score, signal, self.background)
        return {"signal_efficiency": efficiency, "area": area_under_curve(score, signal)}

    def tables(self, outputs: Floats, labels: Labels) -> dict[str, Any]:
        threshold, _, passing = working_point(outputs[:, 0], labels == 1, self.background)
        return {"threshold": threshold, "background_passing": round(passing, 6)}

    def rows(self, network: Mapping[str, Any]) -> dict[str, str]:
        passing = f"{network['background_passing']:.2%}"
        return {"threshold on the logit": f"{network['threshold']:.4g}", "background that passes": passing}

    def parameters(self) -> dict[str, Any]:
        return {"signal": self.signal, "background": self.background}


def _check_finite(split: str, labels: Labels, values: str) -> None:
    if not np.isfinite(labels).all():
        raise TrainingError(
            f"the split {split!r} holds {values} that are not finite; recipe.py should leave those events out"
        )
