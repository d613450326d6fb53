"""Generated projects that an earlier run made of the same graph and design point, kept as values: every file, and how
it is simulated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType
from typing import Any, TypeVar, cast, get_args, get_origin

from trigforge import cache
from trigforge.adders import kept as optimized
from trigforge.adders import watched
from trigforge.cache import remembered
from trigforge.design import DesignPoint, all_nodes
from trigforge.errors import ReportFormatError
from trigforge.files import hand_written
from trigforge.flow.route_result import generated
from trigforge.graph import FixedPointGraph
from trigforge.json_records import Codec, print_json
from trigforge.project import HlsProject, RtlProject

T = TypeVar("T")
KIND = "projects"
_FILE = "project.json"
_HAND_WRITTEN = ("firmware", "hls")
_PACKAGES = ("numpy", "scipy", "alkaid", "hls4ml", "jinja2")


@dataclass(frozen=True)
class MadeRtl:
    """A project of Verilog, and how many adder graphs it asked for, ``optimized`` of them found by long searches."""

    project: RtlProject
    asked: int
    optimized: int


class _Codec(Codec):
    """Sets of texts, and tuples whose entries each have a type, are lists too."""

    def form(self, value: Any, unit: str | None = None) -> Any:
        """See ``Codec``."""
        return sorted(cast(frozenset[str], value)) if isinstance(value, frozenset) else super().form(value, unit)

    def read(self, kind: Any, value: object, path: str) -> Any:
        """See ``Codec``."""
        kinds: tuple[type | EllipsisType, ...] = get_args(kind)
        if get_origin(kind) is frozenset:
            return frozenset(self.read(tuple[kinds[0], ...], value, path))
        if get_origin(kind) is not tuple or kinds[-1] is ...:
            return super().read(kind, value, path)
        entries = cast(list[object], self.plain(value, (list,), path))
        if len(entries) != len(kinds):
            raise ReportFormatError(f"{path} has {len(entries)} entries; {len(kinds)} belong there")
        return tuple(self.read(each, entry, path) for each, entry in zip(kinds, entries, strict=True))


_CODEC = _Codec("generated project", "trigforge synth --fresh")


def rtl_project(
    graph: FixedPointGraph, design: DesignPoint, make: Callable[[FixedPointGraph, DesignPoint], RtlProject]
) -> MadeRtl:
    """The project that ``make`` gives, or that it gave before; raises as ``make``."""

    def made() -> MadeRtl:
        with watched() as watch:
            project = generated(lambda: make(graph, design))
        return MadeRtl(project, len(watch.asked), len(watch.optimized))

    return _kept(MadeRtl, graph, design, made)


def hls_project(
    graph: FixedPointGraph, design: DesignPoint, make: Callable[[FixedPointGraph, DesignPoint], HlsProject]
) -> HlsProject:
    """The project that ``make`` gives, or that it gave before; raises as ``make``."""
    return _kept(HlsProject, graph, design, lambda: generated(lambda: make(graph, design)))


def _kept(kind: type[T], graph: FixedPointGraph, design: DesignPoint, make: Callable[[], T]) -> T:
    def load(folder: Path) -> T:
        return cast(T, _CODEC.parse(kind, (folder / _FILE).read_text(encoding="utf-8"), _FILE))

    def save(made: T, folder: Path) -> None:
        (folder / _FILE).write_text(print_json(_CODEC.form(made), 0), encoding="utf-8")

    return remembered(_place(kind.__name__, graph, design), load, make, save)


def _place(kind: str, graph: FixedPointGraph, design: DesignPoint) -> Path:
    """The piece for a project: another one for another graph, other names of its layers, another design point, other
    code, hand-written files or packages, and other graphs of long searches."""
    layers = [(node.name, node.layers) for node in all_nodes(graph.nodes)]
    own = (part for name, data in _hand_written().items() for part in (name, data))
    return cache.place(
        KIND,
        kind,
        graph.digest,
        repr((graph.layers, layers)),
        repr(design),
        cache.digest_of_rooms("."),
        repr(cache.installed(*_PACKAGES)),
        *own,
        *optimized.state(),
    )


def _hand_written() -> Mapping[str, bytes]:
    tops = {name: hand_written(name) for name in _HAND_WRITTEN}
    return {
        f"{name}/{path.relative_to(top)}": path.read_bytes()
        for name, top in tops.items()
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }
