"""Outcomes of flips, from what was observed of each to counts by place."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields

from trigforge.faults.places import Place
from trigforge.faults.records import Counts, Kind, PlaceCounts, SinglePoint
from trigforge.toolchain.verilator_upsets import Flips, Observed

_OUTCOMES = tuple(entry.name for entry in fields(Counts))


def counted(
    places: Sequence[Place], flips: Flips, observed: Observed
) -> tuple[tuple[PlaceCounts, ...], tuple[SinglePoint, ...]]:
    """The counts of every place, those without a flip too; and each bit with a flip that came out wrong."""
    outcomes = [_outcome(places[target], observed, n) for n, target in enumerate(map(int, flips.target))]
    found: dict[tuple[Kind, str, int | None], list[int]] = {}
    for number, place in enumerate(places):
        found.setdefault((place.kind, place.layer, place.cycle), []).append(number)
    own: dict[int, Counter[str]] = {}
    points = Counter[tuple[int, int]]()
    for target, bit, outcome in zip(flips.target.tolist(), flips.bit.tolist(), outcomes, strict=True):
        own.setdefault(target, Counter())[outcome] += 1
        points[target, bit] += outcome == "wrong"
    counts = [
        PlaceCounts(
            kind,
            layer,
            cycle,
            sum(places[number].bits for number in numbers),
            Counts(*(sum(own[number][name] for number in numbers if number in own) for name in _OUTCOMES)),
        )
        for (kind, layer, cycle), numbers in found.items()
    ]
    order = list(Kind)
    counts.sort(key=lambda place: (order.index(place.kind), -1 if place.cycle is None else place.cycle, place.layer))
    singles = (
        SinglePoint(places[target].name, bit, places[target].kind, wrong)
        for (target, bit), wrong in sorted(points.items())
        if wrong
    )
    return tuple(counts), tuple(singles)


def _outcome(place: Place, observed: Observed, n: int) -> str:
    if observed.cycles_wrong[n]:
        return "wrong"
    if observed.state_at_end[n]:
        return "latent"
    mended = place.kind is Kind.FIFO or not observed.state_at_once[n]
    return "corrected" if place.is_copy and mended else "masked"
