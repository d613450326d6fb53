"""Stages: the pieces of work of a kernel, which follow each other through memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from trigforge.emulator.native.dots import Dot
from trigforge.emulator.native.instructions import Instruction
from trigforge.emulator.native.scope import Elements


@dataclass(frozen=True)
class Unit:
    """Instructions, from loads to stores."""

    instructions: tuple[Instruction, ...]

    @property
    def skeleton(self) -> tuple[object, ...]:
        return tuple(one.skeleton for one in self.instructions)


@dataclass(frozen=True)
class Loop:
    """Units of one skeleton, one after the other."""

    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Run:
    """Loops over instructions, for all groups of a block; ``writes`` and ``reads`` are tensors."""

    loops: tuple[Loop, ...]
    reads: frozenset[str]
    writes: frozenset[str]


@dataclass(frozen=True)
class Copies:
    """The stages of a ``Map``'s body, once a slice: slice ``s`` of a tensor begins ``s * stride`` elements on."""

    name: str
    copies: int
    program: "Program"
    bound: Mapping[str, tuple[str, int]]
    """body tensor -> (outer tensor, stride in elements)"""
    reads: frozenset[str]
    writes: frozenset[str]


KernelStage = Run | Copies | Dot


@dataclass(frozen=True)
class Program:
    """Stages in order, and the tensors that stand in memory."""

    stages: tuple[KernelStage, ...]
    stored: Mapping[str, Elements]
    results: frozenset[str]
    """tensors that are read when all is done"""
    placed: Mapping[str, Mapping[int, int]]
    """for body tensors in outer memory: where an element stands, in elements of the outermost tensor that holds it,
    from the slice's beginning on"""
