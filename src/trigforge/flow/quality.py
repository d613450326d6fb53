"""The figure by which a quantized model is judged: accuracy, resolution, or its agreement with the float model."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import numpy as np
import numpy.typing as npt

from trigforge.building import Floats
from trigforge.errors import EventsError


class Figure(StrEnum):
    """A figure of a model's outputs."""

    ACCURACY = "accuracy"
    """the part of the events whose class is found"""
    RESOLUTION = "resolution"
    """the root mean square of output minus label"""
    AGREEMENT = "agreement"
    """the part of the events that get the class that the float model gives them"""
    DEVIATION = "deviation"
    """the root mean square of the difference from the float model, in standard deviations of its outputs"""


@dataclass(frozen=True)
class Judged:
    """A figure of the float model and of a quantized one, and what is lost.

    ``loss`` is a difference for accuracy and agreement, a part of the float model's for resolution, the figure itself
    for a deviation. ``error`` is the statistical error of the loss.
    """

    figure: Figure
    float_value: float
    value: float
    loss: float
    error: float


@dataclass(frozen=True)
class Judge:
    """Judges quantized outputs of the events on which the float model gave ``outputs``; ``labels`` are theirs.

    Of a single output, a class begins above ``threshold``.
    """

    figure: Figure
    outputs: Sequence[Floats]
    labels: npt.NDArray[np.float64] | None
    threshold: float = 0.0

    def deviation(self, found: Sequence[Floats]) -> float:
        """The root mean square of all differences, each output in standard deviations of the float model's."""
        return float(np.sqrt(self._squares(found).mean()))

    def _squares(self, found: Sequence[Floats]) -> Floats:
        """The mean square of the differences of each event."""
        parts = [
            ((ours - theirs) ** 2).reshape(len(ours), -1).mean(axis=1) / (float(theirs.std()) ** 2 or 1.0)
            for ours, theirs in zip(found, self.outputs, strict=True)
        ]
        return np.mean(parts, axis=0)

    def of(self, found: Sequence[Floats]) -> Judged:
        """The figure of quantized outputs, in the order of the float ones."""
        match self.figure:
            case Figure.ACCURACY:
                assert self.labels is not None
                theirs, ours = (self._classes(out[0]) == self.labels for out in (self.outputs, found))
                return self._counted(theirs, ours)
            case Figure.AGREEMENT:
                pairs = zip(self.outputs, found, strict=True)
                same = np.all([self._classes(x) == self._classes(y) for x, y in pairs], axis=0)
                return self._counted(np.ones_like(same), same)
            case Figure.RESOLUTION:
                assert self.labels is not None
                theirs, ours = (
                    ((out[0].reshape(self.labels.shape) - self.labels) ** 2).mean(axis=1)
                    for out in (self.outputs, found)
                )
                own = float(theirs.mean()) or 1.0
                value, float_value = float(np.sqrt(ours.mean())), float(np.sqrt(theirs.mean()))
                return Judged(self.figure, float_value, value, value / own**0.5 - 1, _error(ours - theirs) / (2 * own))
            case Figure.DEVIATION:
                squares = self._squares(found)
                value = float(np.sqrt(squares.mean()))
                return Judged(self.figure, 0.0, value, value, _error(squares) / (2 * value) if value else 0.0)
            case _:
                assert_never(self.figure)

    def _counted(self, theirs: npt.NDArray[np.bool_], ours: npt.NDArray[np.bool_]) -> Judged:
        lost = theirs.astype(np.float64) - ours
        return Judged(self.figure, float(theirs.mean()), float(ours.mean()), float(lost.mean()), _error(lost))

    def _classes(self, outputs: Floats) -> npt.NDArray[np.int64]:
        rows = outputs.reshape(len(outputs), -1)
        if rows.shape[1] == 1:
            return (rows[:, 0] > self.threshold).astype(np.int64)
        return rows.argmax(axis=1)


def _error(values: Floats) -> float:
    """The statistical error of a mean."""
    return float(values.std() / np.sqrt(len(values)))


def judge_of(outputs: Sequence[Floats], left_out: Sequence[str], labels: Floats | None) -> Judge:
    """The judge for what is known: the labels, and the functions that the model ends in.

    Labels are a class an event (whole numbers, or one of several columns that is 1) or targets in the shape of the only
    output. Without labels the figure is the agreement of classes where the model ends in a softmax or sigmoid, else
    the deviation. Raises ``EventsError`` for labels that fit neither.
    """
    if labels is None:
        return Judge(Figure.AGREEMENT if all(left_out) else Figure.DEVIATION, outputs, None)
    if len(outputs) != 1:
        raise EventsError(f"labels are for a model of one output, this one has {len(outputs)}; leave --labels out")
    size = outputs[0][0].size
    flat = labels.reshape(len(labels), -1).astype(np.float64)
    if not bool(np.isfinite(flat).all()):
        raise EventsError("the labels hold NaN or infinity; take such events out")
    whole = bool((flat == np.round(flat)).all())
    threshold = 0.0 if left_out[0] else 0.5
    if whole and flat.shape[1] == size > 1 and bool(((flat.sum(axis=1) == 1) & (flat.max(axis=1) == 1)).all()):
        return Judge(Figure.ACCURACY, outputs, flat.argmax(axis=1).astype(np.float64))
    if whole and flat.shape[1] == 1 and 0 <= flat.min() and flat.max() < max(size, 2):
        return Judge(Figure.ACCURACY, outputs, flat[:, 0], threshold)
    if flat.shape[1] != size:
        raise EventsError(
            f"the labels have {flat.shape[1]} numbers an event, the model gives {size}; give the number of the class, "
            "or a target for each"
        )
    return Judge(Figure.RESOLUTION, outputs, flat)
