"""Register images: what is packed comes back, and what is damaged or of another model is refused."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.export.graphs import RELOADED, SEVERAL
from tests.small_graph import SMALL
from trigforge.emulator import random_stimuli
from trigforge.errors import EventsError, ProjectError
from trigforge.export import image_of, read_image, register_ports, registers_in, write_image
from trigforge.graph import FixedPointGraph, InputKind, Mantissas


def registers_of(graph: FixedPointGraph, seed: int = 0) -> dict[str, Mantissas]:
    names = [tensor.name for tensor in graph.inputs if tensor.kind is InputKind.REGISTER]
    stimuli = random_stimuli(graph, 1, seed)
    return {name: stimuli[name][:1] for name in names}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.tfw"


@pytest.mark.parametrize("graph", [SEVERAL, RELOADED], ids=lambda graph: graph.name)
def test_what_is_packed_comes_back(graph: FixedPointGraph, path: Path) -> None:
    for seed in range(5):
        values = registers_of(graph, seed)
        write_image(path, image_of(graph, values))
        found = registers_in(read_image(path), graph, path)
        assert found.keys() == values.keys()
        assert all(np.array_equal(found[name], values[name]) for name in values)


def test_an_image_is_the_words_that_the_register_file_reads(path: Path) -> None:
    values = registers_of(RELOADED)
    words = list(struct.unpack(f"<{len(image_of(RELOADED, values)) // 4}I", image_of(RELOADED, values)))
    bits, place = 0, 0
    for port in register_ports(RELOADED):
        for value in values[port.tensor].reshape(-1).tolist():
            bits |= (value & (1 << port.width) - 1) << place
            place += port.width
    payload = [bits >> 32 * n & 0xFFFFFFFF for n in range(-(-place // 32))]
    head = [int.from_bytes(b"TFW1", "little"), int(RELOADED.digest[:8], 16), len(payload), *payload]
    assert words == [*head, zlib.crc32(struct.pack(f"<{len(head)}I", *head))]


def test_every_bit_that_is_flipped_is_found(path: Path) -> None:
    content = image_of(SEVERAL, registers_of(SEVERAL))
    for bit in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(EventsError, match=r"weights\.tfw (is no register image|has )"):
            read_image(path)


@pytest.mark.parametrize("length", [0, 3, 15, 16, 19])
def test_what_is_cut_off_is_refused(length: int, path: Path) -> None:
    path.write_bytes(image_of(SEVERAL, registers_of(SEVERAL))[:length])
    with pytest.raises(EventsError):
        read_image(path)


def test_what_is_longer_is_refused(path: Path) -> None:
    path.write_bytes(image_of(SEVERAL, registers_of(SEVERAL)) + bytes(4))
    with pytest.raises(EventsError) as error:
        read_image(path)
    assert str(error.value) == (
        f"register image {path} has 24 bytes and says 20; it is cut off or damaged: pack it anew"
    )


def test_an_image_of_another_model_is_refused(path: Path) -> None:
    write_image(path, image_of(SEVERAL, registers_of(SEVERAL)))
    later = replace(SEVERAL, version=4)
    for other in (later, RELOADED):
        with pytest.raises(EventsError, match="pack the weights for this model"):
            registers_in(read_image(path), other, path)


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(EventsError, match="No such file or directory; check the path"):
        read_image(tmp_path / "none.tfw")
    (tmp_path / "file").write_text("")
    with pytest.raises(EventsError, match="cannot be written"):
        write_image(tmp_path / "file" / "weights.tfw", b"")


def test_values_that_do_not_fit_and_a_model_without_registers_are_refused() -> None:
    with pytest.raises(EventsError, match="'gain': mantissas from 999 to 999 do not fit its port"):
        image_of(SEVERAL, {"gain": np.array([999])})
    with pytest.raises(EventsError, match="there are no values for 'gain'"):
        image_of(SEVERAL, {})
    with pytest.raises(ProjectError) as error:
        image_of(SMALL, {})
    assert str(error.value) == (
        "the model 'small' has no weights that are reloaded at run time: all of them are constants"
    )
