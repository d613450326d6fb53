"""``Fold``: which instance works on which slice, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fold:
    """The slices of an item on its instances: slice ``s`` runs on instance ``s % instances``.

    It does so in slot ``s // instances``. Slots begin ``spacing`` clock cycles apart. With one slot nothing is folded.
    """

    instances: int
    slots: int = 1
    spacing: int = 1

    @property
    def interval_cycles(self) -> int:
        """The fewest clock cycles between two events."""
        return self.slots * self.spacing

    def offset_cycles(self, slot: int) -> int:
        """From the beginning of the first slot to that of another."""
        return slot * self.spacing


@dataclass(frozen=True)
class Folding:
    """The initiation interval that a design may have, and the instances of ``Map``s that are not to have the fewest."""

    interval_cycles: int = 1
    instances: Mapping[str, int] = field(default_factory=dict[str, int])

    def of(self, name: str, slices: int) -> Fold:
        """The fold of a ``Map``: the fewest instances that keep the interval, and as few slots as those need.

        >>> Folding(5).of("particle", 16), Folding(8, {"jet": 2}).of("jet", 3)
        (Fold(instances=4, slots=4, spacing=1), Fold(instances=2, slots=2, spacing=1))
        """
        fewest = self.fewest(slices)
        instances = min(max(self.instances.get(name, fewest), fewest), slices)
        return Fold(instances, -(-slices // instances))

    def fewest(self, slices: int) -> int:
        """The fewest instances of so many slices that keep the interval."""
        return -(-slices // self.interval_cycles)

    def within(self, fold: Fold) -> "Folding":
        """That of the body of a ``Map``, whose instances get a new slice in every slot."""
        return Folding(self.interval_cycles // fold.slots, self.instances)


ONE_EVENT_A_CLOCK = Folding()
