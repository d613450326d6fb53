"""The layout of a kernel's workspace: tensors that live at the same time stand side by side, others share places."""

from collections.abc import Mapping
from dataclasses import dataclass

from trigforge.emulator.native.stages import Program


@dataclass(frozen=True)
class Layout:
    """Offsets in bytes of one lane; memory from ``end`` on is free."""

    offset: Mapping[str, int]
    end: int


def layout(program: Program, elsewhere: set[str], first: int) -> Layout:
    """Places for all stored tensors but those ``elsewhere``.

    Inputs live from the beginning, tensors without readers to the end.
    """
    last = len(program.stages)
    born: dict[str, int] = {}
    dies: dict[str, int] = {}
    for n, stage in enumerate(program.stages):
        for name in stage.writes:
            born.setdefault(name, n)
        for name in stage.reads:
            dies[name] = n
    taken: list[tuple[int, int, int, int]] = []
    offset: dict[str, int] = {}
    end = first
    own = [name for name in program.stored if name not in elsewhere]
    for name in sorted(own, key=lambda n: (born.get(n, -1), n)):
        tensor = program.stored[name]
        size = tensor.count * tensor.size
        begins, ends = born.get(name, -1), dies.get(name, last) if name not in program.results else last
        busy = sorted((low, high) for low, high, b, d in taken if not (d < begins or ends < b))
        place = first
        for low, high in busy:
            if place + size <= low:
                break
            place = max(place, high)
        offset[name] = place
        taken.append((place, place + size, begins, ends))
        end = max(end, place + size)
    return Layout(offset, end)
