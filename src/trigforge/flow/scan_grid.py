"""The grid that a scan is asked for: its networks, and the designs of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

from trigforge.design.file import load_tables
from trigforge.errors import DesignError
from trigforge.flow.given import Given
from trigforge.flow.workspace import ModelSource, resolve, root
from trigforge.frontends import MODEL_SUFFIXES
from trigforge.scan import Axis, GridDesign, ScanFile, designs, merged, read_scan
from trigforge.scan.grid import SUFFIX

OF_A_MODEL = "scan.toml"
"""the scan file of a model folder"""
_STAGE_DELAYS = Axis(("rtl", "stage_delay_ns"), (1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0))


@dataclass(frozen=True)
class Grid:
    """The networks of a scan and the designs of each, by name; all have the same axes. ``notice`` says what was taken
    where nothing was asked."""

    name: str
    sources: Mapping[str, ModelSource]
    axes: tuple[Axis, ...]
    designs: Mapping[str, tuple[GridDesign, ...]]
    notice: str | None = None


def grid_of(what: Sequence[str], vary: Sequence[Axis], design: Path | None, given: Given | None) -> Grid:
    """The grid of a scan file, of networks, or of both; see ``flow.scanning.scan``.

    The designs of a network begin at ``design``, else at that of the scan file, else at the network's own; keys of the
    scan file come above. Axes of ``vary`` replace those of the same key. Where nothing varies, stage delays do.
    """
    path, named = _separated(what)
    own = _file_of(named[0]) if path is None and not vary and len(named) == 1 else None
    path = path or own
    file = ScanFile() if path is None else read_scan(path)
    if file.networks and (own or not named):
        sources = _sources(file.networks, file.folder, path, given)
    else:
        sources = _sources(named, Path(), path, given)
    axes = {axis.key: axis for axis in (*file.axes, *vary)}
    notice = None
    if not axes:
        axes = {_STAGE_DELAYS.key: _STAGE_DELAYS}
        told = ", ".join(f"{value:g}" for value in _STAGE_DELAYS.values)
        notice = f"nothing varies, so {_STAGE_DELAYS.name} = {told} are taken; choose with --vary or a scan file"
    made: dict[Path | None, tuple[GridDesign, ...]] = {}
    found: dict[str, tuple[GridDesign, ...]] = {}
    for name, source in sources.items():
        base = design or file.design or source.design
        if base not in made:
            made[base] = _designs(base, path, file.tables, tuple(axes.values()))
        found[name] = made[base]
    title = path.stem if path is not None and path.name != OF_A_MODEL else next(iter(sources))
    return Grid(title, sources, tuple(axes.values()), found, notice)


def _separated(what: Sequence[str]) -> tuple[Path | None, tuple[str, ...]]:
    """The scan file, if one is given, and the networks."""
    files = [entry for entry in what if Path(entry).suffix == SUFFIX]
    if len(files) > 1:
        raise DesignError(f"{files[0]} and {files[1]} are both scan files; give one, and networks beside it")
    return (Path(files[0]) if files else None), tuple(entry for entry in what if entry not in files)


def _file_of(network: str) -> Path | None:
    """The scan file of a model folder, where it has one."""
    folders = (Path(network), root() / "models" / network)
    return next((folder / OF_A_MODEL for folder in folders if (folder / OF_A_MODEL).is_file()), None)


def _sources(networks: Sequence[str], below: Path, path: Path | None, given: Given | None) -> dict[str, ModelSource]:
    """The networks by name: that of the file, with its folder where two share it."""
    if not networks:
        raise DesignError(
            f"scan file {path} names no networks; write networks = [...] below a line [scan], or give them"
            if path
            else "no network is given; give a scan file, model files or names of model folders"
        )
    found: dict[Path, ModelSource] = {}
    for entry in networks:
        for model in _files(entry, below, path):
            source = resolve(model, given)
            found[source.checkpoint.resolve()] = source
    stems = [checkpoint.stem for checkpoint in found]
    return {
        checkpoint.stem if stems.count(checkpoint.stem) == 1 else f"{checkpoint.parent.name}/{checkpoint.name}": source
        for checkpoint, source in found.items()
    }


def _files(entry: str, below: Path, path: Path | None) -> list[str]:
    """The model files of a pattern, else the file, folder or name as it stands."""
    if Path(entry).suffix not in MODEL_SUFFIXES:
        return [str(below / entry) if (below / entry / "model.toml").is_file() else entry]
    files = sorted(glob(entry, root_dir=below))
    if not files and any(sign in entry for sign in "*?["):
        where = f"scan file {path}: " if path else ""
        raise DesignError(f"{where}no model file matches {entry!r}; check the pattern")
    return [str(below / file) for file in files or [entry]]


def _designs(
    base: Path | None, path: Path | None, tables: Mapping[str, Any], axes: tuple[Axis, ...]
) -> tuple[GridDesign, ...]:
    """The designs of a grid that begins at a design file, or at the defaults."""
    begun = {} if base is None else load_tables(base)
    named = [f"scan file {path}"] if path else []
    named += [f"design file {base}"] if base else []
    return designs(merged(begun, tables), axes, " on ".join(named) or "the designs")
