"""Targets: the technologies that a design can be built in, a closed union."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from trigforge.design.meaning import meant
from trigforge.errors import DesignError
from trigforge.resources import parts
from trigforge.resources.parts import FpgaResource, Part


@dataclass(frozen=True)
class Fpga:
    """A part, and the period of the clock that it runs at.

    The clock stands here because it is the board's and the trigger's: both routes build for it, and neither chooses it.
    Raises ``DesignError`` for an unknown part, and for a period that no part has.
    """

    resources: ClassVar[type[FpgaResource]] = FpgaResource
    """kinds of resources that designs are counted in"""
    shown_first: ClassVar[tuple[FpgaResource, ...]] = (FpgaResource.LUT, FpgaResource.FF, FpgaResource.DSP)
    """resources that are asked for first"""

    part: str = meant("xcvu13p-flga2577-2-e", "the FPGA; parts.toml lists those that are known, with what they hold")
    clock_period_ns: float = meant(5.0, "the clock of the board; both routes build for it")

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise DesignError(*faults)

    def _faults(self) -> Iterator[str]:
        try:
            parts.find(self.part)
        except DesignError as error:
            yield str(error)
        if not 0.5 <= self.clock_period_ns <= 1000:
            yield f"clock_period_ns = {self.clock_period_ns} is outside 0.5 to 1000 ns"

    @property
    def device(self) -> Part:
        """The part, with all that it holds."""
        return parts.find(self.part)

    def held(self, resource: FpgaResource) -> int | None:
        """The amount in the part; None where that is not counted."""
        return self.device.held.get(resource)

    def held_by_die(self, resource: FpgaResource) -> float | None:
        """The share of one super logic region."""
        held = self.held(resource)
        return None if held is None else held / self.device.super_logic_regions


Target = Fpga
"""Every technology. Another one is a class with a clock period and an enumeration of its own resources; the type
checker then names who has to answer for it."""
Resource = FpgaResource
"""The resources of all technologies."""
