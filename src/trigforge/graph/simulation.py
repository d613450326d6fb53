"""Mantissas and results: the values that every simulator of a graph takes and gives back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import InputKind
from trigforge.graph.ops import Node

Mantissas = npt.NDArray[np.int64]
HostEvents = npt.NDArray[Any] | Mapping[str, npt.NDArray[Any]]
"""Host values (events, *shape) by input; the array alone where there is one input."""

Visit = Callable[[str, Node, int, Mapping[str, Mantissas], Mapping[str, Interval]], None]
"""Called after each node, while its operands are still there: the path of the node (``map/relu`` inside a ``Map``), the
node, the slices over which it runs, and by name the mantissas and intervals of its operands and its result. The slices
of a ``Map`` are events of its body."""


def by_input(names: Sequence[str], events: Any, whose: str = "graph") -> dict[str, npt.NDArray[Any]]:
    """Arrays by the names of inputs; one array will do for a single input. ``whose`` inputs they are is for errors.

    Raises ``EventsError`` where one is missing.
    """
    if not isinstance(events, Mapping):
        if len(names) != 1:
            raise EventsError(f"the {whose} has the inputs {[*names]}; give a dictionary with an array for each")
        events = {names[0]: events}
    given = cast(Mapping[str, Any], events)
    missing = [name for name in names if name not in given]
    if missing:
        raise EventsError(f"input {missing[0]!r} is not among the events, which hold {sorted(given)}; give it too")
    return {name: np.asarray(given[name]) for name in names}


def host_values(graph: FixedPointGraph, events: HostEvents) -> dict[str, npt.NDArray[Any]]:
    """``events`` by input, without registers that have a default and are not among them; see ``by_input``."""
    given = set(events) if isinstance(events, Mapping) else set[str]()
    names = [tensor.name for tensor in graph.inputs]
    return by_input([name for name in names if name in given or name not in graph.default_registers], events)


def encode_events(graph: FixedPointGraph, events: HostEvents) -> dict[str, Mantissas]:
    """Host values to mantissas, by the encodings of the graph; see ``host_values``. Registers that are not among the
    events hold their defaults."""
    host = host_values(graph, events)
    return {
        tensor.name: tensor.encode(host[tensor.name]) if tensor.name in host else graph.default_registers[tensor.name]
        for tensor in graph.inputs
    }


def some_events(
    inputs: Mapping[str, npt.NDArray[Any]], chosen: slice | npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """The events ``chosen`` of arrays ``(events, *shape)`` by input; an array of one event is a register, and stays."""
    return {name: values if len(values) == 1 else values[chosen] for name, values in inputs.items()}


def first_events(graph: FixedPointGraph, inputs: Mapping[str, Mantissas], events: int) -> dict[str, Mantissas]:
    """The first ``events`` of each input; registers hold what they do in the very first, as a stream wants them."""
    return {
        tensor.name: inputs[tensor.name][: 1 if tensor.kind is InputKind.REGISTER else events]
        for tensor in graph.inputs
    }


def count_events(arrays: Iterable[npt.NDArray[Any]]) -> int:
    """The number of events of arrays ``(events, *shape)``, of which some may hold one for all.

    Raises ``EventsError`` where there is none.
    """
    events = max((len(array) for array in arrays), default=0)
    if events == 0:
        raise EventsError("there are no events; give at least one")
    return events


def check_mantissas(
    what: str, mantissas: npt.NDArray[Any], shape: tuple[int, ...], events: int, kinds: Sequence[str] = ("int64",)
) -> None:
    """Raises ``EventsError``, which begins with ``what``, unless the array is of one of the dtypes ``kinds`` and of
    shape ``(events, *shape)`` or ``(1, *shape)``."""
    if mantissas.dtype not in kinds or mantissas.shape[1:] != shape or len(mantissas) not in (1, events):
        wanted = " or ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))
        raise EventsError(
            f"{what}: expected {wanted} mantissas of shape {[events, *shape]}, "
            f"found {mantissas.dtype} of shape {list(mantissas.shape)}; encode host values with GraphInput.encode"
        )


def checked_inputs(
    shapes: Mapping[str, tuple[int, ...]], inputs: Mapping[str, npt.NDArray[Any]], kinds: Sequence[str] = ("int64",)
) -> tuple[list[npt.NDArray[Any]], int]:
    """The arrays of all inputs, in the order of ``shapes``, and the number of events.

    An array of one event stands for all. Raises ``EventsError`` for inputs that are missing or unknown, and as
    ``check_mantissas`` does.
    """
    if set(shapes) != set(inputs):
        raise EventsError(f"the graph takes the inputs {sorted(shapes)}, found {sorted(inputs)}; give these")
    events = count_events(inputs.values())
    for name, shape in shapes.items():
        check_mantissas(f"input {name!r}", inputs[name], shape, events, kinds)
    return [inputs[name] for name in shapes], events


def check_range(name: str, interval: Interval, mantissas: Mantissas, first_event: int = 0) -> None:
    """Raises ``EventsError`` for the first mantissa of the input ``name`` that ``interval`` cannot hold.

    ``first_event`` is the number of the first event in the array.
    """
    lo, hi = interval.at(interval.hull_lsb)
    places = np.where(interval.is_zero, 0, interval.lsb.values - interval.hull_lsb)
    wrong = (mantissas < lo) | (mantissas > hi) | (mantissas & ((np.int64(1) << places) - 1) != 0)
    if bool(wrong.any()):
        event, *element = (int(n) for n in np.argwhere(wrong)[0])
        raise EventsError(
            f"input {name!r}: event {first_event + event}, element {element} has mantissa "
            f"{mantissas[(event, *element)]}, which its type cannot hold; encode host values with GraphInput.encode"
        )


def first_difference(expected: Mapping[str, Mantissas], found: Mapping[str, npt.NDArray[Any]]) -> str | None:
    """The first mantissa of an output that is not as expected, in words; None where all are equal."""
    for name, mantissas in expected.items():
        differs = np.argwhere(mantissas != found[name])
        if len(differs):
            event, *element = where = tuple(int(n) for n in differs[0])
            return (
                f"event {event}, output {name!r}{element}: {int(found[name][where]):#x}, "
                f"expected {int(mantissas[where]):#x}"
            )
    return None


@dataclass(frozen=True)
class Proof:
    """Events that a compiled kernel must answer right before it is believed: mantissas ``(events, *shape)`` by input,
    of a register one, and by output as the reference emulator gives them."""

    inputs: Mapping[str, Mantissas]
    outputs: Mapping[str, Mantissas]


@dataclass(frozen=True)
class SimulationResult:
    """Mantissas of shape ``(events, *shape)`` at the scale of each tensor's hull; ``tensors`` only where traced."""

    simulator: str
    outputs: Mapping[str, Mantissas]
    tensors: Mapping[str, Mantissas] = field(default_factory=dict[str, Mantissas])

    def values(self, graph: FixedPointGraph) -> dict[str, npt.NDArray[np.float64]]:
        """The outputs as numbers, exact up to 53 bits."""
        return {
            name: np.ldexp(mantissas.astype(np.float64), graph.tensors[name].hull.lsb)
            for name, mantissas in self.outputs.items()
        }
