"""Workspaces: folders with ``models/`` and ``datasets/``. The ``model.toml`` of a model folder lists what it ships."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np

from trigforge.building import (
    Candidates,
    LayerTypes,
    ModelTypes,
    Normalised,
    Quantization,
    Trigger,
    load_types,
    read_candidates,
    read_normalised,
    read_registers,
    read_trigger,
    read_type,
)
from trigforge.design import DesignFile, load_design
from trigforge.errors import ModelFileError
from trigforge.events import EventsBinding
from trigforge.fixed import FixedArray
from trigforge.flow.given import Given
from trigforge.flow.labels import LabelSource, read_labels
from trigforge.frontends import MODEL_SUFFIXES, refuse_pickle
from trigforge.graph.encoding import HostUnits, NanPolicy
from trigforge.menu import Menu, read_menu
from trigforge.suggestions import known_names
from trigforge.toml_tables import TomlTable, read_toml, shown


@dataclass(frozen=True)
class ModelSource:
    """A trained model and what belongs to it.

    ``folder`` is None for a plain file, ``name`` for a graph file, which bears its own. With ``allow_inexact``, what
    has no exact form may become an approximation.
    """

    name: str | None
    version: int
    checkpoint: Path
    folder: Path | None = None
    design: Path | None = None
    events: Path | None = None
    binding: EventsBinding = field(default_factory=EventsBinding)
    units: Mapping[str, HostUnits] = field(default_factory=dict[str, HostUnits])
    types: ModelTypes = field(default_factory=ModelTypes)
    candidates: Mapping[str, Candidates] = field(default_factory=dict[str, Candidates])
    normalised: Mapping[str, Normalised] = field(default_factory=dict[str, Normalised])
    trigger: Trigger | None = None
    menu: Menu = field(default_factory=Menu)
    labels: LabelSource | None = None
    allow_inexact: bool = False

    def design_file(self, given: Path | None) -> DesignFile:
        """The design file that is given, else the model's own, else the defaults."""
        path = given or self.design
        return load_design(path) if path else DesignFile()

    def output(self, graph_name: str) -> Path:
        """The folder of what is made of a model: named after its file as it is spelt, else after its graph."""
        alone = self.folder is None and self.name is not None
        return Path("build") / (self.checkpoint.stem if alone else graph_name)


def root(start: Path | None = None) -> Path:
    """The nearest folder from ``start`` (default: here) upwards that holds ``models/``, else ``start`` itself."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / "models").is_dir()), here)


def resolve(model: str, given: Given | None = None) -> ModelSource:
    """A model file, a model folder, or the name of a folder under the workspace's ``models/``; what is ``given`` stands
    in the place of what the folder says."""
    source = _resolved(model)
    if given is None:
        return source
    return replace(
        source,
        binding=given.binding(source.binding),
        units=given.all_units(source.units),
        allow_inexact=given.allow_inexact,
    )


def _resolved(model: str) -> ModelSource:
    path = Path(model)
    refuse_pickle(path)
    if path.suffix in MODEL_SUFFIXES:
        if not path.is_file():
            raise ModelFileError(f"model file {path} does not exist; check the path")
        if path.suffix == ".json":
            return ModelSource(None, 1, path)
        name = "".join(c if c.isalnum() and c.isascii() else "_" for c in path.stem)
        source = ModelSource(name if name[:1].isalpha() else f"model_{name}", 1, path)
        beside = types_beside(source)
        return replace(source, types=load_types(beside)) if beside.is_file() else source
    folder = path if (path / "model.toml").is_file() else root() / "models" / model
    if not (folder / "model.toml").is_file():
        shipped = sorted(entry.parent.name for entry in (root() / "models").glob("*/model.toml"))
        raise ModelFileError(
            f"{model!r} is neither a model file ({', '.join(MODEL_SUFFIXES)}) nor a folder with a model.toml; "
            f"models here: {known_names(model, shipped).removeprefix('known are ') if shipped else 'none'}"
        )
    return _read_folder(folder)


def types_beside(source: ModelSource) -> Path:
    """The file of types that is taken with a model: ``types.toml`` in its folder, ``NAME.types.toml`` beside a file."""
    return source.checkpoint.with_suffix(".types.toml") if source.folder is None else source.folder / "types.toml"


def _read_folder(folder: Path) -> ModelSource:
    with read_toml(folder / "model.toml", "model description", ModelFileError) as file:
        name, version = file.need("name", str), file.need("version", int)
        checkpoint, design = file.need("checkpoint", str), file.take("design", str)
        types = file.take("types", str)
        has_events, events = "events" in file, file.table("events")
        sample = events.need("file", str) if has_events else None
        tree = events.take("tree", str)
        events.finish()
        inputs, registers = _inputs(file.table("inputs")), read_registers(file.table("registers"))
        candidates, normalised = read_candidates(file.table("candidates")), read_normalised(file.table("normalised"))
        if twice := sorted(candidates.keys() & normalised.keys()):
            file.note(f"the input {twice[0]!r} has a table below [candidates] and one below [normalised]; keep one")
        trigger, menu = _trigger(file)
        labels = read_labels(file.table("labels"), folder) if "labels" in file else None
        file.finish()
    return ModelSource(
        name=name,
        version=version or 0,
        checkpoint=folder / (checkpoint or ""),
        folder=folder,
        design=folder / design if design else None,
        events=folder / sample if sample else None,
        binding=EventsBinding(tree, {name: own.columns for name, own in inputs.items() if own.columns}),
        units={name: own.units for name, own in inputs.items()},
        candidates=candidates,
        normalised=normalised,
        trigger=trigger,
        menu=menu,
        labels=labels,
        types=_all_types(
            folder, types, {name: own.types for name, own in inputs.items() if own.types is not None}, registers
        ),
    )


def _trigger(file: TomlTable) -> tuple[Trigger | None, Menu]:
    """``[trigger]`` and the tables below it."""
    stands, table = "trigger" in file, file.table("trigger")
    held = "hold" in table
    menu = read_menu(table.table("rate"), table.table("hold"), held)
    return (read_trigger(table) if stands else None), menu


def _all_types(
    folder: Path, file: str | None, inputs: Mapping[str, Quantization], registers: Mapping[str, LayerTypes]
) -> ModelTypes:
    """The types of inputs and registers in ``model.toml``, and all in the file that it names.

    Raises ``ModelFileError`` for an input, or a layer with registers, that has two.
    """
    found = ModelTypes() if file is None else load_types(folder / file)
    here = f"model description {folder / 'model.toml'}"
    if twice := sorted(found.inputs.keys() & inputs.keys()):
        raise ModelFileError(f"{here}: input {twice[0]!r} has a type there and in {file}; keep one")
    if twice := sorted(found.registers.keys() & registers.keys()):
        raise ModelFileError(f"{here}: layer {twice[0]!r} has registers there and in {file}; keep one")
    return replace(found, inputs={**inputs, **found.inputs}, registers={**registers, **found.registers})


@dataclass(frozen=True)
class _Input:
    """One input: ``columns`` are none where it is a column itself, ``types`` None where the model quantizes it."""

    columns: tuple[str, ...]
    units: HostUnits
    types: Quantization | None


def _inputs(table: TomlTable) -> dict[str, _Input]:
    """Each input that has a table."""
    inputs: dict[str, _Input] = {}
    for name, value in table.left().items():
        if not isinstance(value, dict):
            table.note(f"{name} = {shown(value)} is no table; write what an input is below a line [inputs.{name}]")
            table.drop(name)
            continue
        entry = table.table(name)
        inputs[name] = _Input(
            _columns(entry),
            HostUnits(
                _numbers(entry, "scale", positive=True), entry.take("nan_policy", NanPolicy), _numbers(entry, "offset")
            ),
            read_type(entry, "type"),
        )
        entry.finish()
    return inputs


def _columns(entry: TomlTable) -> tuple[str, ...]:
    found = entry.any("branches")
    if found is None:
        return ()
    names = cast(list[object], found) if isinstance(found, list) else []
    if not names or not all(isinstance(name, str) and name for name in names):
        entry.note(f'branches = {shown(cast(object, found))} should be a list of columns, as in ["pt", "eta"]')
    return tuple(str(name) for name in names)


def _numbers(entry: TomlTable, key: str, *, positive: bool = False) -> FixedArray | None:
    """A number or a list of them; None, and a note, for anything else."""
    given = entry.any(key)
    if given is None:
        return None
    try:
        numbers = np.asarray(given)
    except ValueError:  # lists of differing lengths
        numbers = np.asarray(None)
    known = numbers.dtype.kind in "iuf" and numbers.size and bool(np.isfinite(numbers).all())
    if not known or (positive and not bool((numbers > 0).all())):
        above = " above 0" if positive else ""
        entry.note(f"{key} = {shown(given)} should be a finite number{above}, or a list of such")
        return None
    return FixedArray.from_float(numbers)
