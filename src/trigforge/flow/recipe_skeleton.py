"""A recipe to begin with, for a model folder that has none: the user's events, and a small network in both forms."""

import json
from collections.abc import Mapping
from importlib.resources import files
from math import prod
from string import Template

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError, ModelFileError
from trigforge.graph import FixedPointGraph, HostUnits


def skeleton(
    name: str,
    graph: FixedPointGraph,
    events: str,
    tree: str | None,
    branches: Mapping[str, tuple[str, ...]],
    units: Mapping[str, HostUnits],
    label: str,
    labels: npt.NDArray[np.generic],
) -> str:
    """The text of ``recipe.py`` for a network that takes and gives what ``graph`` does.

    ``events`` is the path of their file from the model folder. Whole ``labels`` from 0 on, one for each output, are
    classes, 0 and 1 for a single output background and signal; else they are targets. Raises ``ModelFileError`` for a
    graph of several inputs or outputs, ``EventsError`` for labels that are neither.
    """
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ModelFileError(
            f"--recipe writes networks of one input and one output; {graph.name!r} has {len(graph.inputs)} and "
            f"{len(graph.outputs)}. Leave it out, and write recipe.py by hand"
        )
    (tensor,) = graph.inputs
    outputs = prod(graph.tensors[graph.outputs[0]].shape)
    task, kind, goal = _task(graph.name, outputs, label, np.asarray(labels, np.float64))
    own = units.get(tensor.name, HostUnits())
    fields = {
        "name": name,
        "quoted": _text(name),
        "task": task,
        "kind": kind,
        "goal": goal,
        "events": _text(events),
        "tree": "None" if tree is None else _text(tree),
        "branches": _listed({**branches, label: (label,)}),
        "label": _text(label),
        "offset": 0.0 if own.offset is None else own.offset.to_float().tolist(),
        "scale": 1.0 if own.scale is None else own.scale.to_float().tolist(),
        "input": _text(tensor.name),
        "shape": tensor.shape,
        "outputs": outputs,
    }
    template = (files("trigforge.resources") / "recipe.py.txt").read_text(encoding="utf-8")
    return Template(template).substitute(fields)


def _task(model: str, outputs: int, label: str, labels: npt.NDArray[np.float64]) -> tuple[str, str, str]:
    """The class of the task, the kind of its labels, and the task, as Python."""
    if bool(np.isin(labels, np.arange(max(outputs, 2))).all()):
        if outputs == 1:
            return "Tagging", "np.float32", 'Tagging("signal", background=0.01)'
        names = ", ".join(f'"class {number}"' for number in range(outputs))
        return "Classes", "np.int64", f"Classes(({names}))"
    if outputs > 1 or not bool(np.isfinite(labels).all()):
        kind = "finite targets" if outputs == 1 else f"the numbers of the {outputs} classes that {model!r} tells"
        raise EventsError(f"labels {label!r} are not {kind}; name another column with --labels")
    return "Regression", "np.float32", f'Regression("", window={5 * float(labels.std()) or 1.0:.3g})'


def _listed(branches: Mapping[str, tuple[str, ...]]) -> str:
    """A dictionary of tuples, as Python."""
    rows = {
        name: ", ".join(map(_text, columns)) + ("," if len(columns) == 1 else "") for name, columns in branches.items()
    }
    return f"{{{', '.join(f'{_text(name)}: ({row})' for name, row in rows.items())}}}"


def _text(value: str) -> str:
    """A string, as Python."""
    return json.dumps(value, ensure_ascii=False)
