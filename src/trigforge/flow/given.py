"""``Given``: words of a user about a model, on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trigforge.events import EventsBinding
from trigforge.graph import HostUnits


@dataclass(frozen=True)
class Given:
    """Words of a user about a model, in the place of what its folder says.

    ``tree`` and ``branches``, the columns of an input by its name, are where its events stand in files; ``units`` are
    those of an input's values. With ``allow_inexact``, what has no exact form may become an approximation.
    """

    tree: str | None = None
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    units: Mapping[str, HostUnits] = field(default_factory=dict[str, HostUnits])
    allow_inexact: bool = False

    def binding(self, own: EventsBinding) -> EventsBinding:
        """The binding ``own`` of a folder, with what is given in its place."""
        return EventsBinding(self.tree or own.tree, {**(own.branches or {}), **self.branches})

    def all_units(self, own: Mapping[str, HostUnits]) -> dict[str, HostUnits]:
        """The units ``own`` of a folder, with what is given in their place; an entry for each input that is named."""
        names = dict.fromkeys([*own, *self.branches, *self.units])
        return {name: self.units.get(name, HostUnits()).over(own.get(name, HostUnits())) for name in names}
