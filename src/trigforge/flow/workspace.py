"""Workspaces: folders with ``models/`` and ``datasets/``. The ``model.toml`` of a model folder lists what it ships."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from trigforge.errors import ModelFileError
from trigforge.events import EventsBinding
from trigforge.fixed import FixedArray
from trigforge.frontends import MODEL_SUFFIXES
from trigforge.graph.encoding import InputEncoding, NanPolicy

_T = TypeVar("_T")


@dataclass(frozen=True)
class ModelSource:
    """A trained model and what belongs to it.

    ``folder`` is None for a plain file, ``name`` for a graph file, which bears its own.
    """

    name: str | None
    version: int
    checkpoint: Path
    folder: Path | None = None
    design: Path | None = None
    events: Path | None = None
    binding: EventsBinding = field(default_factory=EventsBinding)
    encodings: Mapping[str, InputEncoding] = field(default_factory=dict[str, InputEncoding])


def root(start: Path | None = None) -> Path:
    """The nearest folder from ``start`` (default: here) upwards that holds ``models/``, else ``start`` itself."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "models").is_dir()), here)


def resolve(model: str) -> ModelSource:
    """A model file, a model folder, or the name of a folder under the workspace's ``models/``."""
    path = Path(model)
    if path.suffix in MODEL_SUFFIXES:
        if not path.is_file():
            raise ModelFileError(f"model file {path} does not exist; check the path")
        if path.suffix == ".json":
            return ModelSource(None, 1, path)
        name = "".join(c if c.isalnum() and c.isascii() else "_" for c in path.stem)
        return ModelSource(name if name[:1].isalpha() else f"model_{name}", 1, path)
    folder = path if (path / "model.toml").is_file() else root() / "models" / model
    if not (folder / "model.toml").is_file():
        shipped = sorted(entry.parent.name for entry in (root() / "models").glob("*/model.toml"))
        raise ModelFileError(
            f"{model!r} is neither a model file ({', '.join(MODEL_SUFFIXES)}) nor a folder with a model.toml; "
            f"models here: {', '.join(shipped) or 'none'}"
        )
    return _read_folder(folder)


def _read_folder(folder: Path) -> ModelSource:
    where = folder / "model.toml"
    try:
        table = tomllib.loads(where.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelFileError(f"{where} cannot be read: {error}") from None
    _only_known(table, {"name", "version", "checkpoint", "design", "events", "inputs"}, where, "")
    events = _table(table, "events", where)
    _only_known(events, {"file", "tree"}, where, "events.")
    inputs = {name: _table(_table(table, "inputs", where), name, where) for name in _table(table, "inputs", where)}
    for name, entry in inputs.items():
        _only_known(entry, {"branches", "scale", "nan_policy"}, where, f"inputs.{name}.")
    branches = {name: tuple(str(b) for b in entry["branches"]) for name, entry in inputs.items() if "branches" in entry}
    design = table.get("design")
    return ModelSource(
        name=_typed(table, "name", str, where),
        version=_typed(table, "version", int, where),
        checkpoint=folder / _typed(table, "checkpoint", str, where),
        folder=folder,
        design=folder / str(design) if design else None,
        events=folder / _typed(events, "file", str, where) if events else None,
        binding=EventsBinding(_typed(events, "tree", str, where) if "tree" in events else None, branches),
        encodings={name: _encoding(entry, where, name) for name, entry in inputs.items()},
    )


def _only_known(table: Mapping[str, Any], known: set[str], where: Path, prefix: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ModelFileError(f"{where}: unknown key {prefix}{unknown[0]}; known are {', '.join(sorted(known))}")


def _table(table: Mapping[str, Any], key: str, where: Path) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ModelFileError(f"{where}: {key} should be a table")
    return cast(dict[str, Any], value)


def _typed(table: Mapping[str, Any], key: str, kind: type[_T], where: Path) -> _T:
    value = table.get(key)
    if not isinstance(value, kind):
        raise ModelFileError(f"{where}: {key} should be of type {kind.__name__}, found {value!r}")
    return value


def _encoding(entry: Mapping[str, Any], where: Path, name: str) -> InputEncoding:
    try:
        scale = FixedArray.from_float(entry.get("scale", 1))
        policy = NanPolicy(entry.get("nan_policy", NanPolicy.REFUSE))
    except (TypeError, ValueError) as error:
        raise ModelFileError(
            f"{where}: inputs.{name}: {error}; scale holds numbers, nan_policy REFUSE or ZERO"
        ) from None
    return InputEncoding(scale=scale, nan_policy=policy)
