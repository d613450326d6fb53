"""The geometry of the picture of shared instances: which slice is on which instance in which clock cycle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trigforge.reports.sharing import Occupancy, Sharing

PAGE_WIDTH = 1032.0
MARGIN_LEFT = 190.0
CYCLE_WIDTH = (18.0, 44.0)
"""A cycle fills the page if it can within these pixels."""
ROW_HEIGHT, BAR_HEIGHT = 20.0, 17.0
WAY_PITCH, WAYS_HEIGHT = 6.0, 48.0
"""The ways of all slots, one below the other, are as high as this at most."""
TITLE_HEIGHT, GROUP_GAP = 24.0, 14.0
TOP = 44.0
MOST_ROWS, ROWS_OF_MANY = 40, 4
"""Groups show a few of their instances where there are more rows."""
CHARACTER_WIDTH = 7.0


@dataclass(frozen=True)
class Slot:
    """One bar: a slice on an instance of this event (``tone`` is ``now``), of the ``next``, or on its ``way`` out."""

    x: float
    y: float
    width: float
    height: float
    label: str
    title: str
    tone: str


@dataclass(frozen=True)
class Row:
    """One instance, or a sentence in place of many."""

    y: float
    label: str


@dataclass(frozen=True)
class Group:
    """A ``Map`` or accumulator: its name above the rows of its instances, and a remark."""

    y: float
    name: str
    detail: str


@dataclass(frozen=True)
class Chart:
    """Everything to draw; the next event enters at the x ``entry``, and ``answer`` is that of this event's outputs."""

    width: float
    height: float
    ticks: tuple[tuple[float, int], ...]
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    slots: tuple[Slot, ...]
    entry: float
    answer: float | None


def chart(sharing: Sharing, latency_cycles: int | None) -> Chart:
    """The picture of shared instances; outputs come at ``latency_cycles``, where that is known."""
    ends = [entry.end_cycle for entry in sharing.occupancy]
    ends += [_begins(e, sharing)[-1] + e.slots * e.spacing_cycles + sharing.interval for e in sharing.occupancy]
    drawing = _Drawing(sharing, max([latency_cycles or 0, *ends]))
    y = TOP
    for entry in sharing.occupancy:
        y = drawing.add(entry, y)
    return drawing.finished(y, latency_cycles)


class _Drawing:
    """The picture as it is made, group by group."""

    def __init__(self, sharing: Sharing, cycles: int) -> None:
        self._sharing = sharing
        self._cycles = cycles
        self._pitch = min(max((PAGE_WIDTH - MARGIN_LEFT) / cycles, CYCLE_WIDTH[0]), CYCLE_WIDTH[1])
        self._abridged = sum(entry.instances for entry in sharing.occupancy) > MOST_ROWS
        self._groups: list[Group] = []
        self._rows: list[Row] = []
        self._slots: list[Slot] = []

    def add(self, entry: Occupancy, y: float) -> float:
        """Draw one group; where the next one begins."""
        self._groups.append(Group(y, entry.name, _detail(entry)))
        y += TITLE_HEIGHT
        for instance in self._shown(entry):
            if instance is None:
                hidden = entry.instances - ROWS_OF_MANY
                self._rows.append(Row(y, f"{hidden:,} more instances, busy alike"))
            else:
                self._rows.append(Row(y, "" if entry.instances == 1 else f"instance {instance}"))
                self._slots += self._of_instance(entry, instance, y)
            y += ROW_HEIGHT
        if entry.latency_cycles > entry.spacing_cycles:
            self._rows.append(Row(y, "on the way"))
            self._slots += self._ways(entry, y + 3)
            y += max(WAY_PITCH * 2, min(WAY_PITCH * entry.slots, WAYS_HEIGHT)) + 6
        return y + GROUP_GAP

    def finished(self, y: float, latency_cycles: int | None) -> Chart:
        """The picture with everything that was added."""
        step = 1 if self._pitch >= 22 else 5
        ticks = tuple((self._x(cycle + 0.5), cycle) for cycle in range(0, self._cycles, step))
        entry = self._x(self._sharing.interval)
        answer = None if latency_cycles is None else self._x(latency_cycles)
        drawn = tuple(self._groups), tuple(self._rows), tuple(self._slots)
        return Chart(self._x(self._cycles) + 2, y, ticks, *drawn, entry, answer)

    def _x(self, cycle: float) -> float:
        return MARGIN_LEFT + self._pitch * cycle

    def _shown(self, entry: Occupancy) -> Iterator[int | None]:
        """The instances that have a row; None stands for those that have none."""
        if not self._abridged or entry.instances <= ROWS_OF_MANY + 1:
            yield from range(entry.instances)
            return
        yield from range(ROWS_OF_MANY - 1)
        yield None
        yield entry.instances - 1

    def _of_instance(self, entry: Occupancy, instance: int, y: float) -> Iterator[Slot]:
        for tone, later in (("now", 0), ("next", self._sharing.interval)):
            for begin in _begins(entry, self._sharing):
                for slot in range(entry.slots):
                    slice_ = slot * entry.instances + instance
                    if slice_ < entry.slices:
                        cycle = later + begin + slot * entry.spacing_cycles
                        yield self._slot(entry, f"{slice_}", instance, cycle, y, tone)

    def _slot(self, entry: Occupancy, label: str, instance: int, cycle: int, y: float, tone: str) -> Slot:
        width = self._pitch * entry.spacing_cycles - 1.5
        event = "this event" if tone == "now" else "the next event"
        what = "slot" if entry.accumulates else "slice"
        title = f"{entry.name}, instance {instance}: {what} {label} of {event}, {_cycles(cycle, entry.spacing_cycles)}"
        shown = label if len(label) * CHARACTER_WIDTH <= width else ""
        return Slot(self._x(cycle), y, width, BAR_HEIGHT, shown, title, tone)

    def _ways(self, entry: Occupancy, y: float) -> Iterator[Slot]:
        """From slot to result, one below the other; all instances do so side by side."""
        pitch = min(WAY_PITCH, WAYS_HEIGHT / entry.slots)
        for slot in range(entry.slots):
            begin = entry.begin_cycle + slot * entry.spacing_cycles
            title = f"{entry.name}: what begins in slot {slot} leaves after {_counted(entry.latency_cycles, 'cycle')}"
            width = self._pitch * entry.latency_cycles - 1.5
            yield Slot(self._x(begin), y + pitch * slot, width, max(pitch - 2, 1.5), "", title, "way")


def _begins(entry: Occupancy, sharing: Sharing) -> Sequence[int]:
    """The cycles in which the first slot begins: once for each slot of the shared ``Map``s around, of one event."""
    begins = [entry.begin_cycle]
    around = [other for other in sharing.occupancy if other.name in entry.inside]
    for other in around:
        begins = [begin + slot * other.spacing_cycles for slot in range(other.slots) for begin in begins]
    return sorted(begins)


def _detail(entry: Occupancy) -> str:
    where = f"in each instance of {entry.inside[-1]}: " if entry.inside else ""
    if entry.accumulates:
        return f"{where}joins what leaves in each of {entry.slots:,} slots"
    slices, instances = _counted(entry.slices, "slice"), _counted(entry.instances, "instance")
    return f"{where}{slices} on {instances}, {_counted(entry.latency_cycles, 'cycle')} from slot to result"


def _cycles(first: int, count: int) -> str:
    return f"cycle {first}" if count == 1 else f"cycles {first} to {first + count - 1}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
