"""Opening ``.keras`` and ``.h5`` files: what they would create is read and checked before Keras sees them."""

import importlib
import json
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from trigforge.errors import ModelFileError
from trigforge.foreign_files import check_size, reading, reason, unpacked_size
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.frontends.keras.safety import unsafe_objects

_MEMBERS = ("config.json", "model.weights.h5")
_METADATA = "metadata.json"


def open_model(path: Path) -> Any:
    """The model in a file, with its weights, not compiled.

    Raises ``ModelFileError`` where the file is missing, damaged, no Keras model, or names a class outside Keras and
    HGQ2 or one that carries code; nothing of such a file is executed.
    """
    if not path.is_file():
        raise ModelFileError(f"model file {path} does not exist; give the path of a .keras or .h5 file")
    zipped, where = path.suffix.lower() == ".keras", f"model file {path}"
    framework = keras()
    with _reading(where, f"is truncated or no {'.keras' if zipped else 'HDF5'} file", "copy it again"):
        config, version = _keras_config(path) if zipped else _h5_config(path)
        found = unsafe_objects(config, framework)
    if found:
        raise ModelFileError(f"{where}: {'; '.join(found)}; nothing of it was run")
    told = f"(saved by Keras {version}) cannot be rebuilt by Keras {framework.__version__} and HGQ2"
    with _reading(where, told, "save it again as .keras with the versions installed here"), quiet():
        return framework.saving.load_model(path, compile=False, safe_mode=True)


def _reading(where: str, fault: str, remedy: str) -> AbstractContextManager[None]:
    return reading(lambda error: ModelFileError(f"{where} {fault} ({reason(error)}); {remedy}"))


def _keras_config(path: Path) -> tuple[Any, str]:
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
            _check_objects(path, weights)
    checked = _checked(path, config)
    checked.pop("compile_config", None)
    return checked, _version(cast(dict[str, object], metadata).get("keras_version"))


def _h5_config(path: Path) -> tuple[Any, str]:
    h5py: Any = importlib.import_module("h5py")
    _check_objects(path, path)
    with h5py.File(path, "r") as file:
        text, version = file.attrs.get("model_config"), file.attrs.get("keras_version")
    if text is None:
        raise ModelFileError(f"model file {path} holds no model, at most weights; save it with model.save")
    return _checked(path, _parsed(path, "its configuration", text)), _version(version)


def _version(found: object) -> str:
    return found if isinstance(found, str) else "of an unknown version"


def _parsed(path: Path, what: str, text: Any) -> object:
    with _reading(f"model file {path}: {what}", "is not JSON", "save it again"):
        return json.loads(text)


def _checked(path: Path, config: object) -> dict[str, Any]:
    if not isinstance(config, dict) or "class_name" not in config:
        raise ModelFileError(f"model file {path}: its configuration describes no Keras model; save it with model.save")
    return cast(dict[str, Any], config)


def _check_objects(path: Path, source: Any) -> None:
    """Every group and data set that links reach, each looked at once: ``ModelFileError`` for one that reads another
    file, ``ValueError`` where all are too large together."""
    h5py: Any = importlib.import_module("h5py")
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
