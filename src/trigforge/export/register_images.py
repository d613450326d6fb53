"""Register images: the weights that a core takes at run time, as the register file of ``firmware/shell`` reads them.

An image is a file of words of 32 bits, lowest byte first: ``TFW1``, the identity of the model, the number of words of
the payload, the payload, and the CRC-32 of all bytes before it (IEEE 802.3, as zlib computes it). The payload holds the
register inputs in the order of the core, packed as ``packing`` does, with zeros above. Writing the words in this order
to one address is all that a board does.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trigforge.errors import EventsError, ProjectError
from trigforge.export.packing import checked, elements, packed
from trigforge.files import write_whole
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.simulation import Mantissas
from trigforge.project import RtlPort
from trigforge.rtl import core_ports
from trigforge.rtl.reloading import WORD_BITS, model_identity, payload_words

IMAGE_SUFFIX = ".tfw"
MAGIC = b"TFW1"
_WORD = WORD_BITS // 8
_HEADER = struct.Struct("<4sII")
_LEAST = _HEADER.size + 2 * _WORD
"""bytes of the smallest image"""


@dataclass(frozen=True)
class RegisterImage:
    """An image that was read: the identity of its model, and its payload, as bytes that passed the checksum."""

    identity: int
    payload: bytes
    checksum: int

    @property
    def words(self) -> int:
        """The words of the payload."""
        return len(self.payload) // _WORD


def register_ports(graph: FixedPointGraph) -> tuple[RtlPort, ...]:
    """The register inputs of a graph's core; ``ProjectError`` where there are none."""
    ports = tuple(port for port in core_ports(graph)[0] if port.register)
    if not ports:
        raise ProjectError(
            f"the model {graph.name!r} has no weights that are reloaded at run time: all of them are constants"
        )
    return ports


def image_of(graph: FixedPointGraph, registers: Mapping[str, Mantissas]) -> bytes:
    """The image of register values, int64 mantissas ``(1, *shape)`` each.

    Raises ``ProjectError`` for a graph without registers, ``EventsError`` for values that do not fit.
    """
    ports = register_ports(graph)
    words = payload_words(ports)
    payload = packed(ports, [checked(port, registers, 1) for port in ports], 1, words * _WORD).tobytes()
    content = _HEADER.pack(MAGIC, model_identity(graph), words) + payload
    return content + struct.pack("<I", zlib.crc32(content))


def write_image(path: Path, content: bytes) -> None:
    """The file ``path``, written whole; ``EventsError`` where it cannot be."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise EventsError(f"{path} cannot be written: {error.strerror}; make the folder writable") from None


def read_image(path: Path) -> RegisterImage:
    """The image in a file. Raises ``EventsError`` for what is no image, or has another length or checksum than it
    says."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EventsError(f"register image {path}: {error.strerror}; check the path") from None
    if len(content) < _LEAST or content[: len(MAGIC)] != MAGIC:
        raise EventsError(f"{path} is no register image; make one with trigforge weights pack")
    _, identity, words = _HEADER.unpack_from(content)
    if len(content) != _HEADER.size + (words + 1) * _WORD:
        raise EventsError(
            f"register image {path} has {len(content):,} bytes and says {_HEADER.size + (words + 1) * _WORD:,}; "
            "it is cut off or damaged: pack it anew"
        )
    (checksum,) = struct.unpack_from("<I", content, len(content) - _WORD)
    found = zlib.crc32(content[:-_WORD])
    if found != checksum:
        raise EventsError(
            f"register image {path} has the checksum {checksum:08x} and its content {found:08x}; "
            "it is damaged: pack it anew"
        )
    return RegisterImage(identity, content[_HEADER.size : -_WORD], checksum)


def registers_in(image: RegisterImage, graph: FixedPointGraph, path: Path) -> dict[str, Mantissas]:
    """The register values of a graph, ``(1, *shape)`` each; ``path`` is named in errors.

    Raises ``EventsError`` for an image of another model, ``ProjectError`` for a graph without registers.
    """
    ports = register_ports(graph)
    own = model_identity(graph)
    if image.identity != own:
        raise EventsError(
            f"register image {path} is of the model {image.identity:08x}, and {graph.name} version {graph.version} is "
            f"{own:08x}; pack the weights for this model"
        )
    columns = np.unpackbits(np.frombuffer(image.payload, np.uint8)[None], axis=1, bitorder="little")
    if columns.shape[1] < sum(port.bits for port in ports):
        raise EventsError(f"register image {path} is too short for {graph.name}; pack it anew")
    values: dict[str, Mantissas] = {}
    first = 0
    for port in ports:
        found = elements(columns, first, port.elements, port.width, signed=port.signed)
        values[port.tensor] = found.reshape(1, *port.shape)
        first += port.bits
    return values
