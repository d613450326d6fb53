"""Files of events that a command is given: what a pattern stands for, columns, registers, and how many events."""

from collections.abc import Sequence
from glob import glob
from pathlib import Path

from trigforge.errors import EventsError, NoEventsError
from trigforge.events import EventsBinding, check_readable, read_events
from trigforge.export import IMAGE_SUFFIX, read_image, registers_in
from trigforge.flow.observer import Observer
from trigforge.flow.partitions import InputFile, look_at
from trigforge.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas


def matching(events: str) -> list[Path]:
    """The files a pattern stands for, in the order of their names; a file that exists stands for itself."""
    if Path(events).exists() or not any(sign in events for sign in "*?["):
        found = [Path(events)]
    else:
        found = [Path(name) for name in sorted(glob(events, recursive=True))]
    if not found:
        raise EventsError(f"no events file matches {events!r}; check the pattern")
    for path in found:
        check_readable(path)
    return found


def look_at_all(
    paths: Sequence[Path], graph: FixedPointGraph, binding: EventsBinding, observer: Observer
) -> dict[Path, InputFile]:
    """Each file as ``look_at`` sees it, and a line for every one without events.

    Raises ``NoEventsError`` where no file has any.
    """
    seen = {path: look_at(path, graph, binding) for path in paths}
    empty = [path for path, file in seen.items() if not file.events]
    if len(empty) == len(seen):
        raise NoEventsError(f"events file {empty[0]} holds no events; give at least one")
    for path in empty:
        with observer.step(f"{path} holds no events and is left out"):
            pass
    return seen


def columns_of(graph: FixedPointGraph) -> dict[str, tuple[int, ...]]:
    """The shapes of the inputs that a file of events has to hold: all but registers that have a default."""
    return {tensor.name: tensor.shape for tensor in graph.inputs if tensor.name not in graph.default_registers}


def registers_of(graph: FixedPointGraph, path: Path | None) -> dict[str, Mantissas]:
    """The mantissas of all registers, each ``(1, *shape)``; their defaults where no file is given."""
    registers = {tensor.name: tensor for tensor in graph.registers}
    if not registers:
        return {}
    if path is None:
        defaults = graph.default_registers
        missing = [name for name in registers if name not in defaults]
        if not missing:
            return defaults
        raise EventsError(
            f"input {missing[0]!r} is a register, not part of an event; give all registers with "
            "--registers, a .npz file with an array (1, *shape) each, or a register image (.tfw)"
        )
    if path.suffix.lower() == IMAGE_SUFFIX:
        return registers_in(read_image(path), graph, path)
    values = read_events(path, {name: tensor.shape for name, tensor in registers.items()})
    for name, array in values.items():
        if len(array) != 1:
            raise EventsError(f"registers file {path}: {name!r} holds {len(array)} sets of values; give one")
    return {name: tensor.encode(values[name]) for name, tensor in registers.items()}
