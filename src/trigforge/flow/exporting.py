"""``export``: the emulator of a model where experiments load it, and pattern files for boards."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trigforge.emulator import random_stimuli, run
from trigforge.errors import BitMismatch, ToolMissingError
from trigforge.events import read_events
from trigforge.export import Package, PackageKind, to_package, write_patterns
from trigforge.flow.early_checks import check_events
from trigforge.flow.event_files import columns_of
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_told
from trigforge.flow.route_result import output_directory, write_out
from trigforge.flow.workspace import resolve
from trigforge.graph import encode_events
from trigforge.project import remove
from trigforge.rtl import core_ports
from trigforge.toolchain.package import make_package

PATTERN_EVENTS = 1000


@dataclass(frozen=True)
class ExportedPackage:
    """A folder of sources, the shared object compiled from them, and the number of events on which it agreed."""

    folder: Path
    shared_object: Path
    checked_events: int


def export_package(
    model: str, kind: PackageKind, out: Path | None, observer: Observer, *, given: Given | None = None
) -> ExportedPackage:
    """Write the package of a model to ``out`` (default ``build/<model>/export/<kind>``), compile and check it.

    Raises ``ToolMissingError`` without make or a compiler, the sources are written then, and ``BitMismatch`` where the
    compiled emulator differs from the reference. Nothing of the package is left after this or any other failure.
    """
    source = resolve(model, given)
    graph = read_told(source, observer)
    folder = out or source.output(graph.name) / "export" / kind.value
    package = to_package(graph, kind)
    with output_directory(folder, observer), _whole_or_nothing(package, folder):
        with observer.step("Write the package"):
            written = write_out(package, folder)
        with observer.step("Compile and check it"):
            events, mismatches = make_package(written.directory)
        if mismatches:
            raise BitMismatch(
                f"{package.shared_object} disagrees with the reference emulator in {mismatches} outputs of {events} "
                "events and was removed; set TRIGFORGE_GXX to another compiler, or report this with the model"
            )
    return ExportedPackage(folder, folder / package.shared_object, events)


@contextmanager
def _whole_or_nothing(package: Package, folder: Path) -> Generator[None, None, None]:
    """On any error but a missing tool, which leaves the sources, remove the package and what was compiled of it."""
    try:
        yield
    except ToolMissingError:
        raise
    except BaseException:
        remove(package, folder, (package.shared_object, *package.objects))
        raise


def export_patterns(
    model: str,
    events: Path | None,
    out: Path | None,
    observer: Observer,
    *,
    limit: int = PATTERN_EVENTS,
    given: Given | None = None,
) -> tuple[Path, int]:
    """Write pattern files to ``out`` (default ``build/<model>/export/patterns``): the folder, and how many events.

    The first ``limit`` events of the file ``events``, else of that which the model folder names, else random stimuli.
    """
    source = resolve(model, given)
    check_events(source, events)
    graph = read_told(source, observer)
    with observer.step("Read the events"):
        chosen = events or source.events
        if chosen is None:
            inputs = random_stimuli(graph, limit)
        else:
            inputs = encode_events(graph, dict(read_events(chosen, columns_of(graph), source.binding, limit)))
    folder = out or source.output(graph.name) / "export" / "patterns"
    count = max(len(values) for values in inputs.values())
    with observer.step("Run the emulator", count) as step:
        outputs = run(graph, inputs, progress=step.advance).outputs
    with output_directory(folder, observer):
        write_patterns(folder, graph, core_ports(graph), inputs, outputs)
    return folder, count
