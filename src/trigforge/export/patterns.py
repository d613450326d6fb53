"""Pattern files: the events that a testbench or a board plays, and the outputs it must give.

A folder of patterns holds ``inputs.hex`` and ``outputs.hex``, one event a line, and ``patterns.json``, which says what
stands where. A line is one hexadecimal number of fixed length without prefix, as ``$readmemh`` reads it: all ports side
by side, the first in the lowest bits, and element ``e`` of a port from its bit ``e * width`` on, in two's complement.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError
from trigforge.export.packing import checked, elements, packed
from trigforge.files import write_whole
from trigforge.foreign_files import reading
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas, count_events
from trigforge.project import RtlPort

VERSION = 1
DESCRIPTION = "patterns.json"
_FILES = ("inputs.hex", "outputs.hex")
_EVENTS_AT_ONCE = 4096
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


@dataclass(frozen=True)
class Patterns:
    """Patterns that were read: mantissas ``(events, *shape)`` by tensor, at the scale ``2**lsb`` of each."""

    graph: str
    graph_digest: str
    inputs: Mapping[str, Mantissas]
    outputs: Mapping[str, Mantissas]
    lsb: Mapping[str, int]
    initiation_interval: int | None
    """from one event to the next, in clocks; None where no core was made"""


def write_patterns(
    folder: Path,
    graph: FixedPointGraph,
    ports: tuple[Sequence[RtlPort], Sequence[RtlPort]],
    inputs: Mapping[str, Mantissas],
    outputs: Mapping[str, Mantissas],
    initiation_interval: int | None = None,
) -> None:
    """Write the pattern files of some events; ``ports`` are the inputs and outputs of the graph's core, which takes one
    every ``initiation_interval`` clocks (None where no core was made, the events are the same).

    ``inputs`` and ``outputs`` map the tensors of the ports to int64 mantissas ``(events, *shape)``; one event is enough
    for a register. Every file is written beside its place and renamed, the description last; it holds the digests of
    the other two, so that ``read_patterns`` knows a half-written set. Raises ``EventsError`` for arrays that are
    missing, of another shape, or wider than their port, and where the folder cannot be written.
    """
    events = count_events(inputs[port.tensor] for port in ports[0] if port.tensor in inputs)
    texts = [_hex(side, values, events) for side, values in zip(ports, (inputs, outputs), strict=True)]
    description = {
        "version": VERSION,
        "graph": graph.name,
        "graph_digest": graph.digest,
        "events": events,
        "initiation_interval": initiation_interval,
        "files": {name: hashlib.sha256(text).hexdigest() for name, text in zip(_FILES, texts, strict=True)},
        "inputs": _described(ports[0], graph),
        "outputs": _described(ports[1], graph),
    }
    try:
        for name, content in zip(_FILES, texts, strict=True):
            write_whole(folder / name, content)
        write_whole(folder / DESCRIPTION, json.dumps(description, indent=1) + "\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise EventsError(f"pattern folder {folder}: {reason}; make it writable or choose another") from None


def read_patterns(folder: Path) -> Patterns:
    """The events of a folder that ``write_patterns`` wrote.

    Raises ``EventsError`` for a file that is missing, changed, or not written by this version.
    """
    try:
        content = (folder / DESCRIPTION).read_bytes()
        sides = [(folder / name).read_bytes() for name in _FILES]
    except OSError as error:
        raise EventsError(
            f"pattern folder {folder}: {error.strerror}: {Path(error.filename).name}; write it anew"
        ) from None
    with reading(lambda _: EventsError(f"{folder / DESCRIPTION} describes no patterns; write them anew")):
        description = cast(dict[str, Any], json.loads(content))
        version = description["version"]
    if version != VERSION:
        raise EventsError(
            f"{folder / DESCRIPTION} is of version {version}, this trigforge reads {VERSION}; write it anew"
        )
    with reading(lambda _: EventsError(f"{folder / DESCRIPTION} describes no patterns; write them anew")):
        return _patterns(folder, description, sides)


def _patterns(folder: Path, description: dict[str, Any], sides: Sequence[bytes]) -> Patterns:
    for name, text in zip(_FILES, sides, strict=True):
        if hashlib.sha256(text).hexdigest() != description["files"][name]:
            raise EventsError(f"{folder / name} is not what {DESCRIPTION} describes; write the patterns anew")
    kinds: list[list[dict[str, Any]]] = [description["inputs"], description["outputs"]]
    found = [_parsed(text, ports, description["events"]) for text, ports in zip(sides, kinds, strict=True)]
    scales = {str(port["tensor"]): int(port["lsb"]) for ports in kinds for port in ports}
    interval = description.get("initiation_interval")
    return Patterns(
        description["graph"],
        description["graph_digest"],
        found[0],
        found[1],
        scales,
        None if interval is None else int(interval),
    )


def _described(ports: Sequence[RtlPort], graph: FixedPointGraph) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = []
    offset = 0
    for port in ports:
        described.append(
            {
                "name": port.name,
                "tensor": port.tensor,
                "first_bit": offset,
                "shape": list(port.shape),
                "width": port.width,
                "signed": port.signed,
                "register": port.register,
                "rows_a_cycle": port.rows_a_cycle,
                "lsb": graph.tensors[port.tensor].hull.lsb,
            }
        )
        offset += port.bits
    return described


def _hex(ports: Sequence[RtlPort], values: Mapping[str, Mantissas], events: int) -> bytes:
    arrays = [checked(port, values, events) for port in ports]
    digits = max(1, -(-sum(port.bits for port in ports) // 4))
    lines = np.full((events, digits + 1), ord("\n"), np.uint8)
    for start in range(0, events, _EVENTS_AT_ONCE):
        stop = min(start + _EVENTS_AT_ONCE, events)
        parts = [array[start:stop] if len(array) == events else array for array in arrays]
        octets = packed(ports, parts, stop - start, -(-digits // 2))[:, ::-1]
        both = np.stack([octets >> 4, octets & 15], axis=2).reshape(stop - start, -1)
        lines[start:stop, :digits] = _DIGITS[both[:, both.shape[1] - digits :]]
    return lines.tobytes()


def _parsed(text: bytes, ports: Sequence[Mapping[str, Any]], events: int) -> dict[str, Mantissas]:
    lines = np.frombuffer(text, np.uint8).reshape(events, -1)[:, :-1]
    places = np.zeros(256, np.uint8)
    places[_DIGITS] = np.arange(16)
    sides: list[list[npt.NDArray[np.int64]]] = [[] for _ in ports]
    for start in range(0, events, _EVENTS_AT_ONCE):
        nibbles = places[lines[start : start + _EVENTS_AT_ONCE, ::-1]]
        columns = np.unpackbits(nibbles[:, :, None], axis=2, bitorder="little")[:, :, :4].reshape(len(nibbles), -1)
        for side, port in zip(sides, ports, strict=True):
            side.append(_elements(columns, port))
    return {
        str(port["tensor"]): np.concatenate(side).reshape(events, *port["shape"])
        for side, port in zip(sides, ports, strict=True)
    }


def _elements(columns: npt.NDArray[np.uint8], port: Mapping[str, Any]) -> Mantissas:
    count = int(np.prod(port["shape"], dtype=np.int64))
    return elements(columns, int(port["first_bit"]), count, int(port["width"]), signed=bool(port["signed"]))
