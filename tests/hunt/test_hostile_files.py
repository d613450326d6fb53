"""Files made to hang a reader, to fill its memory, or to have it read other files: refused in one line."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.hunt.file_samples import Sample, samples
from tests.hunt.judging_files import judged
from trigforge.errors import EventsError, GraphFormatError, ModelFileError, TrigforgeError
from trigforge.events import read_events

GIGABYTE = 2**30
BOMB = 20 * 2**24


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    return {sample.name: sample for sample in samples(tmp_path_factory.mktemp("samples"))}


@pytest.fixture
def sound(made: dict[str, Sample]) -> Iterator[dict[str, Sample]]:
    """Samples by name; a test may change their files."""
    content = {sample.path: sample.path.read_bytes() for sample in made.values()}
    yield made
    for path, whole in content.items():
        path.write_bytes(whole)


def refusal(sample: Sample, error: type[TrigforgeError]) -> str:
    with pytest.raises(error) as caught:
        sample.read(sample.path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(sample.path), sample.name)


def hard_loop(file: Any) -> None:
    file["again"] = file["/"]


def soft_loop(file: Any) -> None:
    file["again"] = h5py.SoftLink("/")


def long_loop(file: Any) -> None:
    for n in range(50):
        file.create_group(f"a{n}")["up"] = file["/"]


def committed_type(file: Any) -> None:
    file["kind"] = np.dtype(np.float32)


@pytest.mark.parametrize("change", [hard_loop, soft_loop, long_loop, committed_type])
def test_links_of_a_model_file_in_a_circle_are_walked_once(
    sound: dict[str, Sample], change: Callable[[Any], None]
) -> None:
    with h5py.File(sound["net.h5"].path, "a") as file:
        change(file)
    sound["net.h5"].read(sound["net.h5"].path)


def dangling_link(file: Any) -> None:
    file["nowhere"] = h5py.SoftLink("/is/not/there")


def huge_weights(file: Any) -> None:
    file.create_dataset("huge", (GIGABYTE,), np.float64, chunks=(1024,))


def configuration_of_another_kind(file: Any) -> None:
    file.attrs["model_config"] = np.arange(3)


@pytest.mark.parametrize("change", [dangling_link, huge_weights, configuration_of_another_kind])
def test_hdf5_model_files(sound: dict[str, Sample], change: Callable[[Any], None]) -> None:
    with h5py.File(sound["net.h5"].path, "a") as file:
        change(file)
    assert refusal(sound["net.h5"], ModelFileError).startswith("model file net.h5")


def rezipped(path: Path, **members: str | bytes) -> None:
    """The archive with other members."""
    with zipfile.ZipFile(path) as archive:
        content: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**content, **{key.replace("_", "."): value for key, value in members.items()}}.items():
            archive.writestr(name, text)


@pytest.mark.parametrize("metadata", ["[]", "3", "null", '"x"', "[" * 2000 + "]" * 2000, "9" * 5000])
def test_metadata_of_another_form(sound: dict[str, Sample], metadata: str) -> None:
    rezipped(sound["net.keras"].path, metadata_json=metadata)
    assert refusal(sound["net.keras"], ModelFileError).startswith("model file net.keras: metadata.json is no")


@pytest.mark.parametrize("value", ["[" * 900 + "]" * 900, "[" * 2000 + "]" * 2000, "9" * 5000, '{"class_name": 3}'])
def test_configurations(sound: dict[str, Sample], value: str) -> None:
    rezipped(sound["net.keras"].path, config_json=f'{{"class_name": "Functional", "config": {value}}}')
    assert refusal(sound["net.keras"], ModelFileError).startswith("model file net.keras")


def _method_of_all(path: Path, method: int) -> None:
    """Change the method of compression in every entry of a zip file's directory and in front of the members."""
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        for found in re.finditer(re.escape(mark), bytes(content)):
            content[found.start() + place] = method
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["net.keras", "graph.npz", "e.npz", "state.npz"])
def test_unknown_methods_of_compression(sound: dict[str, Sample], name: str) -> None:
    _method_of_all(sound[name].path, 99)
    refusal(sound[name], TrigforgeError)


def add_zeros(path: Path, name: str, size: int, beginning: bytes = b"") -> None:
    """A member of an archive that is written, and takes memory, piece by piece."""
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        file.write(beginning)
        for _ in range(size // 2**24):
            file.write(bytes(2**24))


def npy_header(shape: tuple[int, ...], dtype: str = "<f4") -> bytes:
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def test_bombs(sound: dict[str, Sample], tmp_path: Path) -> None:
    add_zeros(sound["net.keras"].path, "more", BOMB)
    assert "MB of content, at most 268 are read" in refusal(sound["net.keras"], ModelFileError)
    add_zeros(sound["graph.npz"].path, "more.npy", BOMB)
    assert refusal(sound["graph.npz"], GraphFormatError).endswith("is truncated or damaged; write the graph again")
    events = tmp_path / "bomb.npz"
    add_zeros(events, "x.npy", BOMB, npy_header((BOMB // 8, 2)))
    with pytest.raises(
        EventsError, match=r"bomb.npz: 'x': 1\.\d MB unpack to 336 MB, more than 200 times as much; store "
    ):
        read_events(events, {"x": (2,)})
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("x", (GIGABYTE, 2), np.float32, chunks=(2**16, 2), compression="gzip")
    with pytest.raises(EventsError, match=r"'x': 0\.0 MB unpack to 8,590 MB, more than 200 times as much; store it"):
        read_events(tmp_path / "bomb.h5", {"x": (2,)})


@pytest.mark.parametrize("shape", [(10**9, 10**9), (10**30, 2), (-1, 2), (10**15, 0), (2**62, 2)])
@pytest.mark.parametrize("name", ["e.npz", "graph.npz", "state.npz", "e.npy"])
def test_headers_of_impossible_shape(sound: dict[str, Sample], name: str, shape: tuple[int, ...]) -> None:
    path = sound[name].path
    if name == "e.npy":
        path.write_bytes(npy_header(shape) + bytes(64))
    else:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
        with zipfile.ZipFile(path, "w") as archive:
            for member in members:
                archive.writestr(member, npy_header(shape, "<i8") + bytes(64))
    refusal(sound[name], TrigforgeError)


def test_events_that_stand_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(800))
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file.create_dataset("x", (100, 2), np.float32, external=[(str(tmp_path / "secret"), 0, 800)])
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((100, 2), np.float32)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (100, 2))
        file.create_virtual_dataset("x", layout)
    for name in ("external.h5", "virtual.h5"):
        with pytest.raises(EventsError, match=r"\.h5: 'x' reads another file; store its numbers in this one$"):
            read_events(tmp_path / name, {"x": (2,)})


def test_deep_json_and_long_integers(sound: dict[str, Sample]) -> None:
    for name in ("graph.json", "patterns.json", "coverage.json"):
        for text in ("[" * 2000 + "]" * 2000, '{"version": ' + "9" * 5000 + "}", json.dumps({"format": [[]]})):
            assert judged(sound[name], text.encode()) == ""
