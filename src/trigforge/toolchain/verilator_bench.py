"""Calling the C functions of one compiled simulation; ``firmware/simulation/harness.h`` is the other side."""

import ctypes
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import ToolFailedError
from trigforge.graph.simulation import Mantissas

IDLE = -1
NOT_JUDGED = -2
_CYCLES_AT_ONCE = 1024
_FAULTS = (
    "out_valid low where an event is due",
    "out_valid high where no event is due",
    "m_axis_tvalid withdrawn while stalled",
    "m_axis_tdata changed while stalled",
    "events that were never taken in",
    "events that never came out",
)
"""The faults in the order of ``trigforge::Fault``."""


@dataclass(frozen=True)
class ProtocolFault:
    """A broken rule of the handshake: in how many cycles (or for how many events), and in which cycle first."""

    what: str
    count: int
    first_cycle: int


@dataclass(frozen=True)
class Schedule:
    """The actions in each cycle; see ``trigforge::Schedule``. All arrays are of one length."""

    applied: npt.NDArray[np.int64]
    held: npt.NDArray[np.int64]
    due: npt.NDArray[np.int64]
    reset: npt.NDArray[np.uint8]

    @property
    def cycles(self) -> int:
        return len(self.applied)


@dataclass(frozen=True)
class Streaming:
    """The settings of a stream with back-pressure; see ``trigforge::Stream``."""

    offered_of_256: int
    taken_of_256: int
    reset_at: int = IDLE
    reset_cycles: int = 0
    seed: int = 0
    most_cycles: int = 0
    quiet_cycles: int = 0


@dataclass(frozen=True)
class Streamed:
    """For every event: the cycle in which it went in and out, or ``IDLE``; and whether a reset caught it inside."""

    taken_in: npt.NDArray[np.int64]
    received_in: npt.NDArray[np.int64]
    dropped: npt.NDArray[np.bool_]


class _CSchedule(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("applied", "held", "due", "reset", "out_valid")]


class _CStream(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int64) for name in ("events", "most_cycles", "quiet_cycles")),
        *((name, ctypes.c_int32) for name in ("offered_of_256", "taken_of_256")),
        *((name, ctypes.c_int64) for name in ("reset_at", "reset_cycles")),
        ("seed", ctypes.c_uint64),
        *((name, ctypes.c_void_p) for name in ("taken_in", "received_in", "dropped")),
    ]


class Bench(AbstractContextManager["Bench"]):
    """One instance of a compiled simulation, with its inputs and outputs; registers start with arbitrary values.

    Raises ``ToolFailedError`` where the library cannot be loaded.
    """

    def __init__(
        self, library: Path, entry: str, inputs: npt.NDArray[np.void], outputs: npt.NDArray[np.void], seed: int = 0
    ) -> None:
        self._open, self._play, self._stream, self._close = _entries(library, entry)
        self._outputs = len(outputs)
        self._faults = np.zeros((len(_FAULTS), 2), np.int64)
        self._bench = self._open(inputs.ctypes.data, len(inputs), outputs.ctypes.data, len(outputs), seed)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(self._bench)

    @property
    def faults(self) -> tuple[ProtocolFault, ...]:
        """The faults so far."""
        counts: list[list[int]] = self._faults.tolist()
        return tuple(
            ProtocolFault(what, count, first) for what, (count, first) in zip(_FAULTS, counts, strict=True) if count
        )

    def play(
        self, plan: Schedule, values: Mantissas, progress: Callable[[int], None] | None = None
    ) -> tuple[Mantissas, npt.NDArray[np.uint8]]:
        """``values`` (events, inputs) through a schedule: results (events, outputs), and ``out_valid`` by cycle."""
        results = np.zeros((len(values), self._outputs), np.int64)
        seen = np.zeros(plan.cycles, np.uint8)
        arrays = (plan.applied, plan.held, plan.due, plan.reset, seen)
        schedule = _CSchedule(*(array.ctypes.data for array in arrays))
        data = (values.ctypes.data, results.ctypes.data, self._faults.ctypes.data)
        for start in range(0, plan.cycles, _CYCLES_AT_ONCE):
            stop = min(start + _CYCLES_AT_ONCE, plan.cycles)
            self._play(self._bench, start, stop, ctypes.byref(schedule), *data)
            if progress is not None:
                progress(int(np.count_nonzero(plan.applied[start:stop] >= 0)))
        return results, seen

    def stream(self, plan: Streaming, values: Mantissas) -> tuple[Mantissas, Streamed]:
        """``values`` (events, inputs) through an AXI4-Stream: results (events, outputs), and when each event passed."""
        events = len(values)
        results = np.zeros((events, self._outputs), np.int64)
        taken_in, received_in = np.full(events, IDLE, np.int64), np.full(events, IDLE, np.int64)
        dropped = np.zeros(events, np.bool_)
        stream = _CStream(
            events,
            plan.most_cycles,
            plan.quiet_cycles,
            plan.offered_of_256,
            plan.taken_of_256,
            plan.reset_at,
            plan.reset_cycles,
            plan.seed,
            *(array.ctypes.data for array in (taken_in, received_in, dropped)),
        )
        data = (values.ctypes.data, results.ctypes.data, self._faults.ctypes.data)
        self._stream(self._bench, ctypes.byref(stream), *data)
        return results, Streamed(taken_in, received_in, dropped)


@cache
def _entries(library: Path, entry: str) -> tuple[Any, Any, Any, Any]:
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    signatures: list[tuple[str, Any, list[Any]]] = [
        ("open", pointer, [pointer, integer, pointer, integer, ctypes.c_uint64]),
        ("play", None, [pointer, integer, integer, pointer, pointer, pointer, pointer]),
        ("stream", integer, [pointer, pointer, pointer, pointer, pointer]),
        ("close", None, [pointer]),
    ]
    functions: list[Any] = []
    try:
        loaded = ctypes.CDLL(str(library))
        for name, result, arguments in signatures:
            function = getattr(loaded, f"{entry}_{name}")
            function.restype, function.argtypes = result, arguments
            functions.append(function)
    except (OSError, AttributeError) as error:
        raise ToolFailedError(
            f"the compiled RTL simulation cannot be loaded: {error}; remove it to compile anew"
        ) from None
    return functions[0], functions[1], functions[2], functions[3]
