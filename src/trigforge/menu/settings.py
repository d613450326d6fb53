"""``[trigger.rate]`` and ``[trigger.hold]`` of a model description: the physics behind a rate, and what must hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from trigforge.toml_tables import TomlTable

PICOBARN = 1e-36
"""cm2"""
LUMINOSITY = 7.5e34
"""1/(cm2 s): the HL-LHC's"""


@dataclass(frozen=True)
class Physics:
    """The rate of background objects before the trigger: luminosity in 1/(cm2 s) times cross section in pb."""

    cross_section_pb: float | None = None
    luminosity: float = LUMINOSITY

    @property
    def total_hz(self) -> float:
        """The rate in Hz; 0 without a cross section."""
        return self.luminosity * PICOBARN * (self.cross_section_pb or 0.0)

    def faults(self) -> Iterator[str]:
        """A sentence for each number that means nothing."""
        if self.cross_section_pb is not None and not 0 < self.cross_section_pb < inf:
            yield f"cross_section_pb = {self.cross_section_pb:g} should be a number of pb above 0"
        if not 0 < self.luminosity < inf:
            yield f"luminosity = {self.luminosity:g} should be a number of 1/(cm2 s) above 0, as 7.5e34"
        elif self.total_hz == inf:
            yield f"luminosity = {self.luminosity:g} times cross_section_pb is beyond all numbers; correct one of them"


@dataclass(frozen=True)
class Hold:
    """Limits at the threshold: the least efficiency of the signal (0 to 1), the highest rate of the background."""

    signal_efficiency: float | None = None
    rate_hz: float | None = None

    @property
    def limits(self) -> bool:
        """True where anything is limited."""
        return self.signal_efficiency is not None or self.rate_hz is not None


@dataclass(frozen=True)
class Menu:
    """All of a model's trigger that is no part of its graph; ``label`` is the column that tells the kinds apart."""

    physics: Physics = field(default_factory=Physics)
    label: str | None = None
    hold: Hold = field(default_factory=Hold)


def read_menu(rate: TomlTable, hold: TomlTable, stands: bool) -> Menu:
    """The menu of both tables; the second must limit something where it ``stands`` in the file."""
    cross_section, luminosity = rate.take("cross_section_pb", float), rate.take("luminosity", float)
    label = rate.take("label", str)
    rate.finish()
    physics = Physics(cross_section, LUMINOSITY if luminosity is None else luminosity)
    rate.note(*physics.faults())
    held = Hold(hold.take("signal_efficiency", float), hold.take("rate_hz", float))
    hold.finish()
    if held.signal_efficiency is not None and not 0 < held.signal_efficiency <= 1:
        hold.note(f"signal_efficiency = {held.signal_efficiency:g} should be a share above 0, at most 1")
    if held.rate_hz is not None and not 0 < held.rate_hz < inf:
        hold.note(f"rate_hz = {held.rate_hz:g} should be a number of Hz above 0")
    if stands and not held.limits and not hold.faulty:
        hold.note("it limits nothing; give signal_efficiency, rate_hz or both")
    if held.rate_hz is not None and cross_section is None:
        hold.note("rate_hz needs cross_section_pb in [trigger.rate]")
    return Menu(physics, label, held)
