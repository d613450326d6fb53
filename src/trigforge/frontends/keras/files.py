"""Opening ``.keras`` and ``.h5`` files: what they would create is read and checked before Keras sees them."""

import importlib
import json
import zipfile
from pathlib import Path
from typing import Any, cast

from trigforge.errors import ModelFileError
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.frontends.keras.safety import unsafe_objects

_MEMBERS = ("config.json", "model.weights.h5")
_NO_VERSION = "of an unknown version"


def open_model(path: Path) -> Any:
    """The model in a file, with its weights, not compiled.

    Raises ``ModelFileError`` where the file is missing, truncated, no Keras model, or names a class outside Keras and
    HGQ2 or one that carries code; nothing of such a file is executed.
    """
    if not path.is_file():
        raise ModelFileError(f"model file {path} does not exist; give the path of a .keras or .h5 file")
    config, version = _keras_config(path) if path.suffix.lower() == ".keras" else _h5_config(path)
    framework = keras()
    found = unsafe_objects(config, framework)
    if found:
        raise ModelFileError(f"model file {path}: {'; '.join(found)}; nothing of it was run")
    try:
        with quiet():
            return framework.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise ModelFileError(
            f"model file {path} (saved by Keras {version}) cannot be rebuilt by "
            f"Keras {framework.__version__} and HGQ2: {type(error).__name__}: {reason}; "
            "save it again as .keras with the versions installed here"
        ) from None


def _keras_config(path: Path) -> tuple[Any, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [name for name in _MEMBERS if name not in archive.namelist()]
            if missing:
                raise ModelFileError(f"model file {path} has no {missing[0]}; save it with model.save")
            damaged = archive.testzip()
            if damaged is not None:
                raise ModelFileError(f"model file {path}: {damaged} is damaged; copy or save the file again")
            config = json.loads(archive.read("config.json"))
            metadata: Any = json.loads(archive.read("metadata.json")) if "metadata.json" in archive.namelist() else None
            with archive.open("model.weights.h5") as weights:
                _check_links(path, weights)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ModelFileError(f"model file {path} is truncated or no .keras file ({error}); copy it again") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"model file {path}: config.json is not JSON ({error}); save it again") from None
    checked = _checked(path, config)
    checked.pop("compile_config", None)
    return checked, str(metadata["keras_version"]) if metadata else _NO_VERSION


def _h5_config(path: Path) -> tuple[Any, str]:
    h5py: Any = importlib.import_module("h5py")
    try:
        _check_links(path, path)
        with h5py.File(path, "r") as file:
            text, version = file.attrs.get("model_config"), file.attrs.get("keras_version", _NO_VERSION)
    except OSError as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"model file {path} is truncated or no HDF5 file ({reason}); copy it again") from None
    if text is None:
        raise ModelFileError(f"model file {path} holds no model, at most weights; save it with model.save")
    try:
        return _checked(path, json.loads(text)), str(version)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(f"model file {path}: its configuration is not JSON ({error}); save it again") from None


def _checked(path: Path, config: Any) -> dict[str, Any]:
    if not isinstance(config, dict) or "class_name" not in config:
        raise ModelFileError(f"model file {path}: its configuration describes no Keras model; save it with model.save")
    return cast(dict[str, Any], config)


def _check_links(path: Path, source: Any) -> None:
    """``ModelFileError`` for HDF5 links and data sets that read other files."""
    h5py: Any = importlib.import_module("h5py")
    with h5py.File(source, "r") as file:
        groups: list[Any] = [file]
        while groups:
            group = groups.pop()
            for name in group:
                if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                    raise ModelFileError(f"model file {path}: {name} links to another file; save it again")
                item = group[name]
                if isinstance(item, h5py.Group):
                    groups.append(item)
                elif item.external or item.is_virtual:
                    raise ModelFileError(f"model file {path}: {name} reads another file; save it again")
