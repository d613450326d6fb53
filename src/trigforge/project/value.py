"""``Project`` and ``HlsProject``: every file of a generated project, in memory."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from trigforge.errors import ProjectError


@dataclass(frozen=True)
class Port:
    """One tensor that the C simulation takes or hands back: its name in the graph, its shape, and which of the arrays
    of its kind (inputs, outputs or traced tensors) holds it. Tensors that share their bits share an array."""

    name: str
    shape: tuple[int, ...]
    array: int


@dataclass(frozen=True)
class SimulationInterface:
    """The way to compile and call the C simulation.

    ``sources`` and ``include_directories`` are paths inside the project. ``entry`` is the C symbol
    ``void entry(const int64_t *const *inputs, int64_t *const *outputs, int64_t *const *tensors, int64_t events)``,
    where every array is ``(events, elements)`` and ``tensors`` may be null.
    """

    sources: tuple[str, ...]
    include_directories: tuple[str, ...]
    entry: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    tensors: tuple[Port, ...]


@dataclass(frozen=True)
class Project:
    """A generated project: relative path -> text. ``library`` names the files that are the same for every model."""

    name: str
    files: Mapping[str, str]
    library: frozenset[str]

    def __post_init__(self) -> None:
        for path in self.files:
            parts = PurePosixPath(path).parts
            if not parts or path.startswith("/") or ".." in parts or str(PurePosixPath(path)) != path:
                raise ProjectError(f"project {self.name!r}: {path!r} is not a plain relative path")
        missing = self.library - self.files.keys()
        if missing:
            raise ProjectError(f"project {self.name!r}: library file {min(missing)!r} is not among its files")

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all paths and contents, in hex."""
        return digest_files(self.files, self.files)

    @cached_property
    def library_digest(self) -> str:
        """SHA-256 over the library files alone."""
        return digest_files(self.files, self.library)


@dataclass(frozen=True)
class Multiplications:
    """Strategy of the products of one node, and uses of one multiplier: as asked for, and as printed.

    ``layers`` are those of the user's model that the node comes from.
    """

    node: str
    layers: tuple[str, ...]
    strategy_asked: str
    reuse_factor_asked: int
    strategy: str
    reuse_factor: int

    @property
    def as_asked(self) -> bool:
        return (self.strategy, self.reuse_factor) == (self.strategy_asked, self.reuse_factor_asked)


@dataclass(frozen=True)
class HlsProject(Project):
    """HLS C++ and how to simulate it; ``top`` is the function that is synthesized, which lives in ``namespace``.

    ``multiplications`` holds an entry for each node that multiplies by weights or contracts two tensors.
    """

    namespace: str
    top: str
    simulation: SimulationInterface = field(repr=False)
    multiplications: tuple[Multiplications, ...] = field(default=(), repr=False)


def digest_files(files: Mapping[str, str], paths: Iterable[str]) -> str:
    """SHA-256 over some of the files; the order in which they are named does not matter."""
    total = hashlib.sha256()
    for path in sorted(paths):
        content = files[path].encode()
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
