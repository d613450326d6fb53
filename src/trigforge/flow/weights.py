"""Register images of a model: the weights that its core takes at run time, packed and looked at."""

from dataclasses import dataclass, replace
from pathlib import Path

from trigforge.errors import EventsError, ModelFileError
from trigforge.export import image_of, read_image, registers_in, write_image
from trigforge.flow.event_files import registers_of
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_source, read_told
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import FixedPointGraph, Mantissas


@dataclass(frozen=True)
class RegisterSummary:
    """A register input in an image: elements, those that are 0, and the least and the greatest value (``mantissa *
    2**lsb``)."""

    name: str
    shape: tuple[int, ...]
    zeros: int
    least: float
    greatest: float


@dataclass(frozen=True)
class ImageSummary:
    """An image: the identity of its model, words of payload, checksum, and its registers, where the model is known."""

    identity: int
    words: int
    checksum: int
    registers: tuple[RegisterSummary, ...] = ()


def pack(
    model: str,
    registers: Path | None,
    out: Path,
    observer: Observer,
    *,
    checkpoint: Path | None = None,
    given: Given | None = None,
) -> ImageSummary:
    """Write the image of host values in a ``.npz`` file, ``(1, *shape)`` each, which are quantized as events are; or of
    another training's ``checkpoint``, see ``trained_registers``; else of the model's own weights.

    Raises ``EventsError`` where both are given.
    """
    if registers is not None and checkpoint is not None:
        raise EventsError(f"both {registers} and the checkpoint {checkpoint} give weights; keep one of them")
    source = resolve(model, given)
    graph = read_told(source, observer)
    values = registers_of(graph, registers) if checkpoint is None else _trained(graph, source, checkpoint)
    write_image(out, image_of(graph, values))
    return inspect(out)


def trained_registers(model: str, checkpoint: Path, *, given: Given | None = None) -> dict[str, Mantissas]:
    """The registers ``(1, *shape)`` of a model, as another training of the same layers and types left them.

    Raises ``ModelFileError`` where the checkpoint makes another graph: its weights would mean something else.
    """
    source = resolve(model, given)
    return _trained(read_source(source), source, checkpoint)


def _trained(graph: FixedPointGraph, source: ModelSource, checkpoint: Path) -> dict[str, Mantissas]:
    own = read_source(replace(source, checkpoint=checkpoint))
    if own.identity != graph.identity:
        raise ModelFileError(
            f"{checkpoint} makes another graph than {graph.name!r}, so its weights do not fit that firmware; "
            "train the same layers with the same types"
        )
    return own.default_registers


def inspect(path: Path, model: str | None = None, *, given: Given | None = None) -> ImageSummary:
    """The content of an image; of a ``model`` the values too. Raises ``EventsError`` for what is no image of it."""
    image = read_image(path)
    if model is None:
        return ImageSummary(image.identity, image.words, image.checksum)
    graph = read_source(resolve(model, given))
    found: list[RegisterSummary] = []
    for name, values in registers_in(image, graph, path).items():
        step = 2.0 ** graph.tensors[name].hull.lsb
        ends = (float(values.min()) * step, float(values.max()) * step)
        found.append(RegisterSummary(name, values.shape[1:], int((values == 0).sum()), *ends))
    return ImageSummary(image.identity, image.words, image.checksum, tuple(found))
