"""Result of one route of a build (HLS or RTL), the options of a build, and the writing of a project to its folder."""

import os
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar, assert_never

from trigforge.errors import ProjectError
from trigforge.files import locked
from trigforge.flow.observer import Observer
from trigforge.flow.verification import Agreement
from trigforge.graph import Mantissas
from trigforge.project import Project, WrittenProject, write
from trigforge.reports import BuildRoute, Implementation

P = TypeVar("P", bound=Project)
_ODD = re.compile(r"[\"$\x00-\x1f]")


@dataclass(frozen=True)
class RouteResult:
    """The comparisons of a route, the figures of its design, the versions of the tools that ran, one sentence for each
    tool that is missing and was needed, and one for each choice of the design point that was not followed."""

    agreements: tuple[Agreement, ...]
    implementation: Implementation
    tools: dict[str, str]
    missing: tuple[str, ...] = ()
    calibration: dict[str, Any] | None = None
    """figures that Vivado found, for the estimates of others"""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildOptions:
    """Steps of a build besides writing and comparing: map and estimate; simulate the mapped netlist; run Vivado.

    ``weight_sets`` are further ones to compare under: by a title, the mantissas (1, *shape) of all registers. ``only``
    is the one route to build; None for both.
    """

    synthesize: bool = True
    netlist: bool = False
    place: bool = False
    only: BuildRoute | None = None
    weight_sets: Mapping[str, Mapping[str, Mantissas]] = field(default_factory=dict[str, Mapping[str, Mantissas]])

    @property
    def left_out(self) -> tuple[str, ...]:
        """A sentence for the route that is not built."""
        match self.only:
            case None:
                return ()
            case BuildRoute.RTL:
                return ("HLS C++ was not built or simulated: the Verilog alone was asked for (--only rtl)",)
            case BuildRoute.HLS:
                return ("Verilog was not built or simulated: HLS C++ alone was asked for (--only hls)",)
            case _:
                assert_never(self.only)


def generated(make: Callable[[], P]) -> P:
    """A project; ``ProjectError`` where the temporary directory that a generator uses is full."""
    try:
        return make()
    except OSError as error:
        raise not_writable(f"temporary directory {gettempdir()}", error, "set TMPDIR") from None


def write_out(project: P, folder: Path) -> WrittenProject[P]:
    """The project on disk; ``ProjectError`` where it cannot be written."""
    try:
        return write(project, folder)
    except OSError as error:
        raise not_writable(f"output directory {folder}", error, "choose another one with --out") from None


@contextmanager
def output_directory(folder: Path, observer: Observer) -> Generator[None]:
    """The folder of a run's output, made where it is missing; a second run waits, and says so.

    Raises ``ProjectError`` where it cannot be written, or its path holds what tools take for something else.
    """
    odd = _ODD.search(str(folder.resolve()))
    if odd is not None:
        raise ProjectError(
            f"output directory {str(folder)!r}: tools cannot read {odd[0]!r} in a path; choose another name"
        )
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, lambda: observer.step(f"Wait for another run in {folder}")))
        except OSError as error:
            raise not_writable(f"output directory {folder}", error, "choose another one with --out") from None
        yield


def not_writable(where: str, error: OSError, instead: str) -> ProjectError:
    """The error for a directory that refuses."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ProjectError(f"{where}: {reason}; free space in it or {instead}")
