"""Labels of a user's events, and the quality of the firmware on them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge import merit
from trigforge.errors import EventsError
from trigforge.events import EventsBinding, read_events
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.reports import ClassCurve, Outcome, Quality, Residuals
from trigforge.toml_tables import TomlTable, shown

Floats = npt.NDArray[np.float64]
_EFFICIENCIES = np.linspace(0.02, 1.0, 50)
_BINS = 60
_SPAN = 4.0
"""half of a histogram, in sizes that 68 % of the residuals stay below"""


@dataclass(frozen=True)
class LabelSource:
    """The column of labels in files of events, the names of its classes (none of a regression), the unit of targets and
    their ``scale`` to the unit of the network's output; ``output`` is None for the first one. ``float_twin`` is the
    network in floating point, a file or an object of its framework."""

    column: str
    classes: tuple[str, ...] = ()
    unit: str = ""
    scale: float = 1.0
    output: str | None = None
    float_twin: Any = None

    def read(self, path: Path, tree: str | None, limit: int | None) -> "Labels":
        """The labels of the first ``limit`` events of a file."""
        binding = EventsBinding(tree, {self.column: (self.column,)})
        return Labels(read_events(path, {self.column: ()}, binding, limit)[self.column], self)


@dataclass(frozen=True)
class Labels:
    """One label an event: the number of its class, or the target of a regression."""

    values: npt.NDArray[np.generic]
    source: LabelSource


def read_labels(table: TomlTable, folder: Path) -> LabelSource | None:
    """A table ``[labels]`` of the model folder ``folder``; None where faults are noted."""
    column, unit, scale = table.need("column", str), table.take("unit", str), table.take("scale", float)
    output, listed, twin = table.take("output", str), table.any("classes"), table.take("float_twin", str)
    names = cast(list[object], listed) if isinstance(listed, list) else []
    if listed is not None and (len(names) < 2 or not all(isinstance(name, str) and name for name in names)):
        table.note(f'classes = {shown(cast(object, listed))} should be names in the order of numbers, as in ["q", "t"]')
    if listed is not None and (unit is not None or scale is not None):
        table.note("classes have neither unit nor scale; those are of the targets of a regression")
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        table.note(f"scale = {shown(scale)} should be a finite number above 0")
    table.finish()
    if table.faulty or column is None:
        return None
    return LabelSource(
        column,
        tuple(map(str, names)),
        unit or "",
        1.0 if scale is None else scale,
        output,
        folder / twin if twin is not None else None,
    )


def labelled_output(graph: FixedPointGraph, labels: Labels) -> str:
    """The output that labels are of; ``EventsError`` where the graph has none of that name."""
    name = labels.source.output or graph.outputs[0]
    if name not in graph.outputs:
        raise EventsError(
            f"labels are of the output {name!r}, but there are {', '.join(graph.outputs)}; correct [labels]"
        )
    return name


def quality_of(
    graph: FixedPointGraph, outputs: Mapping[str, Mantissas], labels: Labels, twin: Floats | None = None
) -> Quality:
    """The quality of the ``outputs`` of a graph, mantissas by name, on labels of the same events; beside it that of
    what the float ``twin`` gives for the same output.

    Whole numbers from 0 on are classes where the output has an element for each, or a single one, whose sign tells two
    classes apart; anything else is a target. Raises ``EventsError`` for labels that fit neither.
    """
    source = labels.source
    name = labelled_output(graph, labels)
    lsb = graph.tensors[name].hull.lsb
    values = np.ldexp(outputs[name].reshape(len(outputs[name]), -1).astype(np.float64), lsb)
    truth = np.asarray(labels.values, np.float64).reshape(len(labels.values), -1)
    if len(truth) != len(values) or truth.shape[1] != 1:
        raise EventsError(
            f"labels {source.column!r} hold {truth.shape[1]} numbers for each of {len(truth)} events; "
            f"give one for each of {len(values)}"
        )
    if not np.isfinite(truth).all():
        raise EventsError(f"labels {source.column!r} hold NaN or infinity; take such events out")
    networks = {"firmware": _outcome(values, truth[:, 0], source)}
    if twin is not None:
        rows = twin.reshape(len(twin), -1)
        if rows.shape != values.shape:
            raise EventsError(
                f"the float twin gives {rows.shape[1]} numbers an event, the model {values.shape[1]}; "
                "give the network that it came from"
            )
        networks["float twin"] = _outcome(rows, truth[:, 0], source)
    return Quality(len(values), source.column, source.unit, tuple(_EFFICIENCIES.tolist()), networks)


def _outcome(values: Floats, truth: Floats, source: LabelSource) -> Outcome:
    if source.classes or _are_classes(truth, values.shape[1]):
        return _classified(values, truth, source)
    if values.shape[1] == 1:
        return Outcome(residuals=_residuals(values[:, 0] - truth * source.scale))
    raise EventsError(
        f"labels {source.column!r} are neither the numbers of {values.shape[1]} classes nor targets of one output; "
        "name a column of class numbers, or the output that they belong to ([labels] of model.toml)"
    )


def _are_classes(truth: Floats, size: int) -> bool:
    whole = bool((truth == np.round(truth)).all())
    return whole and truth.min() >= 0 and truth.max() < max(size, 2) and (size > 1 or len(np.unique(truth)) == 2)


def _classified(values: Floats, truth: Floats, source: LabelSource) -> Outcome:
    scores = values if values.shape[1] > 1 else np.hstack([-values, values])
    names = source.classes or tuple(f"class {number}" for number in range(scores.shape[1]))
    numbers = truth.astype(np.int64)
    if len(names) != scores.shape[1] or (truth != numbers).any() or numbers.min() < 0 or numbers.max() >= len(names):
        raise EventsError(
            f"labels {source.column!r} reach from {truth.min():g} to {truth.max():g}, there are {len(names)} names of "
            f"classes, and the output tells {scores.shape[1]} apart; they must agree"
        )
    curves = [
        _curve(name, _beyond_others(scores, number), numbers == number)
        for number, name in enumerate(names)
        if 0 < np.count_nonzero(numbers == number) < len(numbers)
    ]
    return Outcome(accuracy=merit.accuracy(scores, numbers), curves=tuple(curves))


def _beyond_others(scores: Floats, number: int) -> Floats:
    """The logarithm of the odds of a class, if scores are logits."""
    rest = np.delete(scores, number, axis=1)
    top = rest.max(axis=1)
    return scores[:, number] - top - np.log(np.exp(rest - top[:, None]).sum(axis=1))


def _curve(name: str, score: Floats, own: npt.NDArray[np.bool_]) -> ClassCurve:
    background = merit.background_efficiency(score, own, _EFFICIENCIES)
    return ClassCurve(name, int(own.sum()), merit.area_under_curve(score, own), tuple(background.tolist()))


def _residuals(differences: Floats) -> Residuals:
    half = merit.half_width(differences)
    reach = _SPAN * half or 1.0
    edges = np.linspace(-reach, reach, _BINS + 1)
    counts, _ = np.histogram(np.clip(differences, -reach, reach), edges)
    rms = float(np.sqrt((differences**2).mean()))
    return Residuals(float(differences.mean()), rms, half, tuple(edges.tolist()), tuple(int(n) for n in counts))


def labelled(source: LabelSource | None, column: str | None, float_twin: Any = None) -> LabelSource | None:
    """The labels of a model folder, or those of the ``column``, and the twin, that a user names in their place.

    Raises ``EventsError`` for a twin without labels.
    """
    if source is None and column is None:
        if float_twin is not None:
            raise EventsError("a float twin is judged by labels and there are none; name their column too")
        return None
    found = LabelSource(column or "") if source is None else source
    return replace(found, column=column or found.column, float_twin=float_twin or found.float_twin)
