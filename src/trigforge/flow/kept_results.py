"""Results of simulations that were compared with the emulator before, kept for the same files, events and tools alone.

A result is kept only where every output of every event agreed, and found again only where everything that made it is
the same: see ``place_of``. The emulator itself runs in every build; what it says is part of the name of a result.
"""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigforge import cache
from trigforge.cache import remembered
from trigforge.design import DesignPoint
from trigforge.errors import ReportFormatError
from trigforge.flow.observer import Observer
from trigforge.flow.verification import Agreement
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import FixedPointGraph, Mantissas
from trigforge.json_records import Codec, print_json
from trigforge.reports import Verification
from trigforge.toolchain.verilator_run import MeasuredTiming

KIND = "results"
_FILE = "result.json"
_CODEC = Codec("result of a simulation", "trigforge synth --fresh")
_PACKAGES = ("numpy",)


@dataclass(frozen=True)
class Simulated:
    """The comparisons of one simulation with the emulator, and its timing where it is one of clock cycles.

    ``notices`` has a sentence where it did not run now.
    """

    agreements: tuple[Agreement, ...]
    timing: MeasuredTiming | None = None
    notices: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Every output of every event is equal, and no simulation broke its protocol."""
        return bool(self.agreements) and all(
            entry.mismatch is None and entry.verification.agrees for entry in self.agreements
        )


@dataclass(frozen=True)
class _Record:
    verification: tuple[Verification, ...]
    timing: MeasuredTiming | None


def kept_or_simulated(piece: Path, name: str, observer: Observer, simulate: Callable[[], Simulated]) -> Simulated:
    """The result that ``simulate`` gives, or that it gave in an earlier run for the same ``piece`` (``place_of``).

    A mismatch is never kept, and a damaged piece is made anew. ``name`` is that of the simulation for the user.
    """
    found = remembered(piece, lambda folder: _load(folder, name), simulate, _save, lambda made: made.agrees)
    if found.notices:
        with observer.step(f"{name}: kept"):
            pass
    return found


def place_of(
    name: str, simulation: Path, graph: FixedPointGraph, design: DesignPoint, stimuli: Sequence[Stimuli]
) -> Path:
    """The piece for a result.

    Another one for another byte of the sources, of what drives them, of the tools and their flags, all of which the
    name of ``simulation`` stands for, the piece of the cache that holds the compiled one; of the graph, the design
    point, the stimuli under every weight set, the emulator's outputs, and this package.
    """
    return cache.place(
        KIND,
        name,
        simulation.name,
        graph.digest,
        repr(design),
        cache.digest_of_rooms("."),
        repr((cache.installed(*_PACKAGES), platform.python_version(), platform.system(), platform.machine())),
        *(part for events in stimuli for part in _contents(events)),
    )


def _contents(stimuli: Stimuli) -> list[str | bytes]:
    tensors: list[tuple[str, Mantissas]] = [*sorted(stimuli.inputs.items()), *sorted(stimuli.outputs.items())]
    parts: list[str | bytes] = [stimuli.title, str(len(stimuli.inputs))]
    for name, mantissas in tensors:
        parts += [name, f"{mantissas.dtype.str} {mantissas.shape}", mantissas.tobytes()]
    return parts


def _load(folder: Path, name: str) -> Simulated:
    if not cache.is_sealed(folder):
        raise ReportFormatError(f"{_FILE} has lost its seal")
    record: _Record = _CODEC.parse(_Record, (folder / _FILE).read_text(encoding="utf-8"), _FILE)
    agreements = tuple(Agreement(entry, None) for entry in record.verification)
    notice = (
        f"the {name} did not run again: its result is kept from an earlier run of the same sources, events and tools; "
        "--fresh runs it"
    )
    found = Simulated(agreements, record.timing, (notice,))
    if not found.agrees:
        raise ReportFormatError(f"{_FILE} holds no agreement")
    return found


def _save(found: Simulated, folder: Path) -> None:
    record = _Record(tuple(entry.verification for entry in found.agreements), found.timing)
    (folder / _FILE).write_text(print_json(_CODEC.form(record), 1), encoding="utf-8")
