"""Register images of a model: the weights that its core takes at run time, packed and looked at."""

from dataclasses import dataclass
from pathlib import Path

from trigforge.export import image_of, read_image, registers_in, write_image
from trigforge.flow.event_files import registers_of
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_source, read_told
from trigforge.flow.workspace import resolve


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
    model: str, registers: Path | None, out: Path, observer: Observer, *, allow_inexact: bool = False
) -> ImageSummary:
    """Write the image of host values in a ``.npz`` file, ``(1, *shape)`` each, which are quantized as events are; of
    the model's own weights where no file is given."""
    graph = read_told(resolve(model, allow_inexact), observer)
    write_image(out, image_of(graph, registers_of(graph, registers)))
    return inspect(out)


def inspect(path: Path, model: str | None = None, *, allow_inexact: bool = False) -> ImageSummary:
    """The content of an image; of a ``model`` the values too. Raises ``EventsError`` for what is no image of it."""
    image = read_image(path)
    if model is None:
        return ImageSummary(image.identity, image.words, image.checksum)
    graph = read_source(resolve(model, allow_inexact))
    found: list[RegisterSummary] = []
    for name, values in registers_in(image, graph, path).items():
        step = 2.0 ** graph.tensors[name].hull.lsb
        ends = (float(values.min()) * step, float(values.max()) * step)
        found.append(RegisterSummary(name, values.shape[1:], int((values == 0).sum()), *ends))
    return ImageSummary(image.identity, image.words, image.checksum, tuple(found))
