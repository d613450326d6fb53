"""Configurations of models in `.keras`, `.h5` and JSON files of any Keras, read without Keras."""

import importlib
import json
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from trigforge.errors import ModelFileError
from trigforge.foreign_files import check_hdf5, check_size, reading, reason, unpacked_size
from trigforge.frameworks import needing

_MEMBERS = ("config.json", "model.weights.h5")
_METADATA = "metadata.json"
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class SavedModel:
    """The configuration of a saved model, and the version of the Keras that saved it."""

    config: dict[str, Any]
    version: str


def is_zipped(path: Path) -> bool:
    """True for a ``.keras`` archive; the content decides, and the suffix where the content is neither kind."""
    found = _start(path)
    return found.startswith(_ZIP) or (not found.startswith(_HDF5) and path.suffix.lower() == ".keras")


def is_of_keras_2(path: Path) -> bool:
    """True for an archive, an HDF5 file or an architecture in JSON that a Keras before 3 wrote.

    False for all else, damaged files among them.
    """
    try:
        if _start(path).startswith(_ZIP):
            with zipfile.ZipFile(path) as archive:
                check_size(unpacked_size(archive))
                return str(json.loads(archive.read(_METADATA))["keras_version"]).startswith("2.")
        if _start(path).startswith(_HDF5):
            check_hdf5(path)
            with hdf5().File(path, "r") as file:
                return "model_config" in file.attrs and _version(file.attrs.get("keras_version"))[:1] != "3"
        found: object = json.loads(path.read_bytes()) if path.stat().st_size < 2**28 else None
    except Exception:
        return False
    return isinstance(found, dict) and {"class_name", "config"} <= set(cast(dict[str, Any], found))


def saved_model(path: Path) -> SavedModel:
    """The configuration in a file; ``ModelFileError`` where it is missing, damaged, or holds no model."""
    if not path.is_file():
        raise ModelFileError(f"model file {path} does not exist; give the path of a .keras or .h5 file")
    if _start(path)[:1] in (b"{", b" ", b"\n"):
        return _from_json(path)
    zipped = is_zipped(path)
    with refusing(f"model file {path}", f"is truncated or no {'.keras' if zipped else 'HDF5'} file", "copy it again"):
        return _from_archive(path) if zipped else _from_hdf5(path)


def refusing(where: str, fault: str, remedy: str) -> AbstractContextManager[None]:
    """Every exception inside as ``ModelFileError``: what is at fault, why, and what to do."""
    return reading(lambda error: ModelFileError(f"{where} {fault} ({reason(error)}); {remedy}"))


def hdf5() -> Any:
    """The package h5py; ``ToolMissingError`` where it is not installed."""
    with needing("reading a .keras or .h5 file", "hgq", "qkeras", more=" (graph files are read without it)"):
        return importlib.import_module("h5py")


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError:
        return b""


def _from_json(path: Path) -> SavedModel:
    with refusing(f"model file {path}", "cannot be read", "save it again"):
        check_size(path.stat().st_size)
        found = _checked(path, _parsed(path, "its configuration", path.read_bytes()))
    return SavedModel(found, _version(found.get("keras_version")))


def _from_archive(path: Path) -> SavedModel:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        missing = [name for name in _MEMBERS if name not in names]
        if missing:
            raise ModelFileError(f"model file {path} has no {missing[0]}; save it with model.save")
        check_size(unpacked_size(archive))
        damaged = archive.testzip()
        if damaged is not None:
            raise ModelFileError(f"model file {path}: {damaged} is damaged; copy or save the file again")
        config = _parsed(path, "config.json", archive.read("config.json"))
        metadata: object = _parsed(path, _METADATA, archive.read(_METADATA)) if _METADATA in names else {}
        if not isinstance(metadata, dict):
            raise ModelFileError(f"model file {path}: {_METADATA} is no JSON object; save it again")
        with archive.open("model.weights.h5") as weights:
            check_objects(path, weights)
    checked = _checked(path, config)
    checked.pop("compile_config", None)
    return SavedModel(checked, _version(cast(dict[str, object], metadata).get("keras_version")))


def _from_hdf5(path: Path) -> SavedModel:
    check_objects(path, path)
    with hdf5().File(path, "r") as file:
        text, version = file.attrs.get("model_config"), file.attrs.get("keras_version")
    if text is None:
        raise ModelFileError(f"model file {path} holds no model, at most weights; save it with model.save")
    return SavedModel(_checked(path, _parsed(path, "its configuration", text)), _version(version))


def _version(found: object) -> str:
    return found if isinstance(found, str) else "of an unknown version"


def _parsed(path: Path, what: str, text: Any) -> object:
    with refusing(f"model file {path}: {what}", "is not JSON", "save it again"):
        return json.loads(text)


def _checked(path: Path, config: object) -> dict[str, Any]:
    if not isinstance(config, dict) or "class_name" not in config:
        raise ModelFileError(f"model file {path}: its configuration describes no Keras model; save it with model.save")
    return cast(dict[str, Any], config)


def check_objects(path: Path, source: Any) -> None:
    """Every group and data set that links reach, each looked at once: ``ModelFileError`` for one that reads another
    file, ``ValueError`` where all are too large together."""
    h5py = hdf5()
    if isinstance(source, Path):
        check_hdf5(source)
    with h5py.File(source, "r") as file:
        groups, seen, size = [file], {h5py.h5o.get_info(file.id).addr}, 0
        while groups:
            group = groups.pop()
            for name in group:
                if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                    raise ModelFileError(f"model file {path}: {name} links to another file; save it again")
                item = group[name]
                place = h5py.h5o.get_info(item.id).addr
                if place in seen:
                    continue
                seen.add(place)
                if isinstance(item, h5py.Group):
                    groups.append(item)
                elif isinstance(item, h5py.Dataset):
                    if item.external or item.is_virtual:
                        raise ModelFileError(f"model file {path}: {name} reads another file; save it again")
                    size += item.nbytes
        check_size(size)
