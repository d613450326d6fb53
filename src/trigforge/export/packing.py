"""Ports side by side in bits, the first lowest; an element is in two's complement where its port is signed."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError
from trigforge.graph.simulation import Mantissas, check_mantissas
from trigforge.project import RtlPort


def checked(port: RtlPort, values: Mapping[str, Mantissas], events: int) -> Mantissas:
    """The elements of a port, ``(events or 1, elements)``; ``EventsError`` where they are missing, of another shape, or
    wider than the port."""
    array = values.get(port.tensor)
    if array is None:
        raise EventsError(f"there are no values for {port.tensor!r}, found {sorted(values)}; give it too")
    check_mantissas(repr(port.tensor), array, port.shape, events)
    low = -(1 << (port.width - 1)) if port.signed else 0
    high = (1 << (port.width - port.signed)) - 1
    flat = array.reshape(len(array), -1)
    if flat.size and not (low <= int(flat.min()) and int(flat.max()) <= high):
        raise EventsError(
            f"{port.tensor!r}: mantissas from {flat.min()} to {flat.max()} do not fit its port, "
            f"which takes {low} to {high}; encode host values with GraphInput.encode"
        )
    return flat


def packed(ports: Sequence[RtlPort], arrays: Sequence[Mantissas], events: int, octets: int) -> npt.NDArray[np.uint8]:
    """Events as bytes ``(events, octets)``, lowest first, with zeros above; ``arrays`` are what ``checked`` gives."""
    columns = np.zeros((events, octets * 8), np.uint8)
    offset = 0
    for port, array in zip(ports, arrays, strict=True):
        spread = array if len(array) == events else np.broadcast_to(array, (events, port.elements))
        shifted = spread[:, :, None] >> np.minimum(np.arange(port.width), 63)
        columns[:, offset : offset + port.bits] = (shifted & 1).reshape(events, port.bits)
        offset += port.bits
    return np.packbits(columns, axis=1, bitorder="little")


def elements(
    columns: npt.NDArray[np.uint8], first: int, count: int, width: int, *, signed: bool
) -> npt.NDArray[np.int64]:
    """``(events, count)`` integers of a port that begins at bit ``first``, of bits ``(events, bits)``."""
    bits = columns[:, first : first + count * width].reshape(len(columns), count, width)
    negative = {width - 1} if signed else set[int]()
    weights = np.array([-(1 << n) if n in negative else 1 << n for n in range(width)], np.int64)
    return bits.astype(np.int64) @ weights
