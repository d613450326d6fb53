"""``Connection``: how a port of an instance gets the right value in every slot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trigforge.rtl.fold import Fold
from trigforge.rtl.hierarchy import Net, Source


@dataclass(frozen=True)
class Arrival:
    """A value on a wire: output ``port`` of an instance, ``cycle`` clock edges after the inputs of its module.

    It stands there in that cycle only; a register input, with the cycle None, always does.
    """

    item: int
    instance: int
    port: int
    cycle: int | None

    @property
    def wire(self) -> tuple[int, int, int]:
        return self.item, self.instance, self.port


@dataclass(frozen=True)
class Direct:
    """One wire that brings the value of every slot in time, or each as much too early; or a constant."""

    source: Source


@dataclass(frozen=True)
class Held:
    """One value for all slots, in a register that is loaded in the cycle before the first slot."""

    source: Net


@dataclass(frozen=True)
class Chosen:
    """Another value in every slot, out of registers that are loaded in the cycle before the first slot."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Switched:
    """Another wire in some slots, each of which brings its value in the cycle before the slot, or a constant; constants
    in all make a table. ``inputs`` is the number of wires and constants among which it switches."""

    sources: tuple[Source, ...]
    inputs: int


Waiting = Held | Chosen | Switched
"""connections with a register in front of the port"""
Connection = Direct | Waiting


def connect(sources: Sequence[Source], arrival: Callable[[Net], Arrival], fold: Fold) -> tuple[Connection, int]:
    """The connection of a port, and the earliest cycle in which its first slot can begin.

    ``sources`` are those of the slots in order. ``arrival`` says where and when a net can be read.
    """
    nets = [source for source in sources if isinstance(source, Net)]
    fixed = {source for source in sources if not isinstance(source, Net)}
    if not nets:
        return (Direct(sources[0]), 0) if len(fixed) == 1 else (Switched(tuple(sources), len(fixed)), 1)
    arrivals = [arrival(net) for net in nets]
    slots = [slot for slot, source in enumerate(sources) if isinstance(source, Net)]
    timed = list(zip(slots, arrivals, strict=True))
    offsets = [None if a.cycle is None else a.cycle - fold.offset_cycles(slot) for slot, a in timed]
    in_time = {(a.wire, offset) for a, offset in zip(arrivals, offsets, strict=True)}
    if not fixed and len(in_time) == 1:
        return Direct(sources[0]), arrivals[0].cycle or 0
    if not fixed and len(set(nets)) == 1:
        return Held(nets[0]), (arrivals[0].cycle or 0) + 1
    if len(in_time) < len(set(nets)):
        return Switched(tuple(sources), len(in_time) + len(fixed)), max(offset or 0 for offset in offsets) + 1
    return Chosen(tuple(sources)), max(a.cycle or 0 for a in arrivals) + 1
