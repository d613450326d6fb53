"""``UpsetSimulation``: single bit flips in registers of compiled RTL, beside a twin that is spared.

``firmware/simulation/upsets.h`` is the other side. The Verilog is that of the project but for ``tf_vote``, whose
simulation form can glitch; a control file of Verilator makes its registers public, so the design's text stays clean.
"""

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import ToolFailedError
from trigforge.graph.simulation import Mantissas
from trigforge.toolchain.simulating import whole_inputs
from trigforge.toolchain.verilator_upset_wrapper import UpsetDut

VOTER = "cells/tf_vote.v"
"""the cell that the simulation's own form replaces"""
MASK = "upset"
"""the variable of a voter whose bits turn its outputs over"""
_DECLARED = re.compile(r"\breg\s*(?:\[[^\]]*\]\s*)?(\w+)")
_ASSIGNED = re.compile(r"\b(\w+)(?:\[\w+\])? <= ")
_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)
_AT_ONCE = 100


class TransferKind(IntEnum):
    """The kinds of transfers on the bus of a shell, ``trigforge::Kind`` of ``firmware/simulation/upsets.h``."""

    PAUSE = 0
    """nothing, for one clock cycle"""
    WRITE = 1
    READ = 2


@dataclass(frozen=True)
class Transfer:
    """One transfer: its address in bytes, and the word that is written."""

    kind: TransferKind
    address: int = 0
    data: int = 0


_TRANSFER = np.dtype([("kind", np.int32), ("address", np.uint32), ("data", np.uint32)])
_QUIET = (Transfer(TransferKind.PAUSE),)
CYCLES_A_TRANSFER = 2
"""the most that one takes of a subordinate that answers at once"""


@dataclass(frozen=True)
class UpsetTarget:
    """A variable that can be flipped: its name in the instance ``scope``, and how many bits it has."""

    scope: tuple[str, ...]
    name: str
    bits: int

    @property
    def is_voter(self) -> bool:
        return self.name == MASK


@dataclass(frozen=True)
class Flips:
    """Flips in the order in which they are made: of bit ``bit`` of target number ``target``, ``wait`` clock cycles
    after the observation of the flip before has ended. All arrays are of one length."""

    target: npt.NDArray[np.int32]
    bit: npt.NDArray[np.int32]
    wait: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Observed:
    """The consequences of each flip.

    ``cycles_wrong`` counts clock cycles in which something that the shell gives differed from the twin's.
    ``state_at_once`` tells if a register differed behind the edge that ended the cycle of the flip, ``state_at_end`` if
    one still did at the end.
    """

    cycles_wrong: npt.NDArray[np.int32]
    state_at_once: npt.NDArray[np.bool_]
    state_at_end: npt.NDArray[np.bool_]


class _CTiming(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("interval", "settling", "observing")]


class _CFlips(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_void_p) for name in ("target", "bit", "wait", "cycles_wrong", "state_at_once", "state_at_end")
    ]


@dataclass(frozen=True)
class UpsetSimulation:
    """Compiled RTL in a shell, ready for flips, and what is done on its bus meanwhile, over and over."""

    library: Path
    entry: str
    dut: UpsetDut
    transfers: tuple[Transfer, ...] = _QUIET

    @property
    def observing_cycles(self) -> int:
        """The clock cycles for which outputs are compared after a flip, all transfers among them."""
        return self.dut.observing_cycles + (self.round_cycles if self.transfers != _QUIET else 0)

    @property
    def round_cycles(self) -> int:
        """The clock cycles after which events and transfers are as they were."""
        busy = sum(1 if entry.kind is TransferKind.PAUSE else CYCLES_A_TRANSFER for entry in self.transfers)
        return max(self.dut.spacing_cycles, busy)

    def targets(self) -> tuple[UpsetTarget, ...]:
        """All that can be flipped, in a fixed order."""
        with closing(_Campaign(self, 0)) as campaign:
            return tuple(campaign.targets())

    def inject(
        self,
        flips: Flips,
        inputs: Mapping[str, Mantissas],
        seed: int = 0,
        progress: Callable[[int], None] | None = None,
    ) -> Observed:
        """The consequences of flips in a stream of events as close as the shell takes them: ``inputs``, over and over.

        Of a register input its first event is loaded, in a shell without a bus. ``progress`` is called with the number
        of flips since the last call. Raises ``EventsError`` for inputs that are missing or of the wrong shape.
        """
        ports = self.dut.project.inputs
        arrays, events = whole_inputs([(port.tensor, port.shape) for port in ports], inputs)
        values = np.ascontiguousarray(np.concatenate([array.reshape(events, -1) for array in arrays], axis=1))
        count = len(flips.target)
        wrong = np.zeros(count, np.int32)
        at_once, at_end = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        values = self.dut.rows(values, seed)
        spacing, observing = self.dut.spacing_cycles, self.observing_cycles
        timing = _CTiming(spacing, 2 * observing + spacing, observing)
        columns = [np.ascontiguousarray(entry, np.int32) for entry in (flips.target, flips.bit, flips.wait)]
        given = _CFlips(*(array.ctypes.data for array in (*columns, wrong, at_once, at_end)))
        with closing(_Campaign(self, seed)) as campaign:
            for start in range(0, count, _AT_ONCE):
                stop = min(start + _AT_ONCE, count)
                campaign.inject(start, stop, timing, values, given)
                if progress is not None:
                    progress(stop - start)
        return Observed(wrong, at_once, at_end)


class _Campaign:
    """Two models of one compiled simulation.

    Raises ``ToolFailedError`` where the library cannot be loaded.
    """

    def __init__(self, simulation: UpsetSimulation, seed: int) -> None:
        self._library = _loaded(simulation.library)
        self._entry = simulation.entry
        fields = simulation.dut.input_fields()
        transfers = np.array([(entry.kind, entry.address, entry.data) for entry in simulation.transfers], _TRANSFER)
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        self._campaign = self._function("open", pointer, pointer, integer, pointer, integer, ctypes.c_uint64)(
            fields.ctypes.data, len(fields), transfers.ctypes.data, len(transfers), seed
        )

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        function = getattr(self._library, f"{self._entry}_{name}")
        function.restype, function.argtypes = result, arguments
        return function

    def targets(self) -> Iterator[UpsetTarget]:
        told: bytes = self._function("told", ctypes.c_char_p, ctypes.c_void_p)(self._campaign)
        for line in told.decode().splitlines():
            scope, name, bits = line.split("\t")
            yield UpsetTarget(tuple(scope.split(".")), name, int(bits))

    def inject(self, start: int, stop: int, timing: _CTiming, values: Mantissas, flips: _CFlips) -> None:
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        run = self._function("inject", None, pointer, integer, integer, pointer, pointer, integer, pointer)
        given = ctypes.byref(timing), values.ctypes.data, len(values), ctypes.byref(flips)
        run(self._campaign, start, stop, *given)

    def close(self) -> None:
        self._function("close", None, ctypes.c_void_p)(self._campaign)


def _loaded(library: Path) -> Any:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        raise ToolFailedError(
            f"the compiled fault injection cannot be loaded: {error}; remove it to compile anew"
        ) from None


def public_registers(texts: Sequence[str]) -> str:
    """Verilator's control file that lets registers of these modules be written: what they declare as ``reg`` and assign
    at an edge, and the masks of voters."""
    lines = ["`verilator_config", f'public_flat_rw -module "tf_vote" -var "{MASK}"']
    for text in texts:
        code = "\n".join(line.partition("//")[0] for line in text.splitlines())
        starts = [found.start() for found in _MODULE.finditer(code)]
        for start, stop in zip(starts, [*starts[1:], len(code)], strict=True):
            own = code[start:stop]
            declared, assigned = set(_DECLARED.findall(own)), dict.fromkeys(_ASSIGNED.findall(own))
            lines += [
                f'public_flat_rw -module "{_MODULE.findall(own)[0]}" -var "{name}"'
                for name in assigned
                if name in declared
            ]
    return "\n".join([*lines, ""])
