"""``to_package``: a graph as the sources of a shared object that others load."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from trigforge.emulator.native import to_native
from trigforge.export.check_events import print_events
from trigforge.export.firmware_types import print_firmware_types, print_types_header
from trigforge.export.tables import print_model, print_proof, tensor_table
from trigforge.graph.graph import FixedPointGraph
from trigforge.project import Project

CHECK_EVENTS = 200
_NAME = "MODEL_vN"


class PackageKind(StrEnum):
    """The interface of the shared object."""

    CMSSW = "cmssw"
    """that of hls4mlEmulatorExtras: ``create_model`` and ``destroy_model``"""
    C = "c"
    """plain C functions, prefixed with model and version"""


@dataclass(frozen=True)
class Package(Project):
    """Sources of one shared object: ``make`` in their folder leaves ``shared_object``, ``make check`` proves it.

    ``name`` is ``<model>_v<version>``, ``graph_digest`` that of the graph.
    """

    kind: PackageKind
    shared_object: str
    graph_digest: str

    @property
    def objects(self) -> tuple[str, ...]:
        """Patterns of the paths that ``make check`` makes besides the shared object."""
        names = (PurePosixPath(path).stem for path in sorted(self.files) if path.endswith(".cpp"))
        return ("build/check", "build/kernel_*.o", *(f"build/{name}.o" for name in names))


def to_package(graph: FixedPointGraph, kind: PackageKind) -> Package:
    """The package of a graph; the same graph gives the same files, byte for byte.

    Everything of ours lives in the namespace ``trigforge_<model>_v<version>``. Raises ``WidthError`` for a tensor that
    the emulators do not carry.
    """
    kernel = to_native(graph)
    name = f"{graph.name}_v{graph.version}"
    words = {
        "trigforge_MODEL_vN": f"trigforge_{name}",
        _NAME: name,
        "KERNEL_ENTRY": kernel.entry,
        "GRAPH_DIGEST": graph.digest,
        "EVENT_COUNT": str(CHECK_EVENTS),
        "INPUT_COUNT": str(len(graph.inputs)),
        "OUTPUT_COUNT": str(len(kernel.outputs)),
        '{"INPUT_SIZES": 1}': repr({port.name: port.interval.lo.size for port in kernel.inputs}),
        '{"OUTPUT_SIZES": 1}': repr({port.name: port.interval.lo.size for port in kernel.outputs}),
        "TENSOR_TABLE": tensor_table(graph),
        "MANY_TENSORS": _many(len(graph.inputs), len(kernel.outputs)),
    }
    folder = files("trigforge.export") / "templates"
    shared = {_shared(path): text for path, text in template_texts(folder / "shared").items()}
    texts = {**template_texts(folder / kind.value), **shared}
    found = {_filled(path, words): _filled(text, words) for path, text in texts.items()}
    found["src/kernel.cpp"] = kernel.source
    found |= {f"src/{header}": text for header, text in kernel.headers.items()}
    found["src/model.cpp"] = print_model(graph)
    found["src/proof.cpp"] = print_proof(name, kernel.proof)
    found["test/events.h"] = print_events(graph, CHECK_EVENTS)
    if kind is PackageKind.CMSSW:
        found["src/firmware_types.h"] = print_firmware_types(graph)
        found[f"include/{name}.h"] = print_types_header(graph)
    library = frozenset(f"src/{header}" for header in kernel.headers)
    shared_object = f"{name}.so" if kind is PackageKind.CMSSW else f"trigforge_{name}.so"
    return Package(name, found, library, kind, shared_object, graph.digest)


def template_texts(folder: Traversable) -> dict[str, str]:
    """Relative path -> text of every file of a template; what Python compiled of its ``.py`` files is left out."""
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name == "__pycache__" or entry.name.endswith(".pyc"):
            continue
        if entry.is_dir():
            found |= {f"{entry.name}/{path}": text for path, text in template_texts(entry).items()}
        else:
            found[entry.name] = entry.read_text(encoding="utf-8")
    return found


def _shared(path: str) -> str:
    return path if path.endswith(".mk") else f"src/{path}"


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _many(inputs: int, outputs: int) -> str:
    sides = [("inputs", inputs), ("outputs", outputs)]
    many = [f"{count} {side}" for side, count in sides if count > 1]
    if not many:
        return "There is one input and one output"
    return f"There are {' and '.join(many)}: give a `std::vector<std::any>` with a pointer for each, in this order"
