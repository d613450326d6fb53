"""The Pareto front: points that no other point beats."""

from collections.abc import Sequence
from dataclasses import replace

from trigforge.resources.parts import FpgaResource
from trigforge.scan.records import ScanPoint


def marked(points: Sequence[ScanPoint]) -> tuple[ScanPoint, ...]:
    """The points, with ``pareto`` set on those that no other one dominates.

    One whose estimated period is longer than its clock's (``ScanPoint.runs``) neither dominates nor is marked.
    """
    able = [point for point in points if point.runs]
    return tuple(
        replace(point, pareto=point.runs and not any(dominates(other, point) for other in able)) for point in points
    )


def dominates(one: ScanPoint, other: ScanPoint) -> bool:
    """True where ``one`` is better in latency, initiation interval, LUTs, DSP slices or accuracy, and worse in none.

    Latency is in ns at the clock of the design. Networks whose accuracy is not known compare with nothing but
    themselves.
    """
    accuracies = one.network.accuracy, other.network.accuracy
    costs, others = _costs(one), _costs(other)
    if one.network != other.network:
        if accuracies[0] is None or accuracies[1] is None or accuracies[0].kind != accuracies[1].kind:
            return False
        costs, others = (*costs, accuracies[0].cost), (*others, accuracies[1].cost)
    return costs != others and all(cost <= its for cost, its in zip(costs, others, strict=True))


def _costs(point: ScanPoint) -> tuple[float, ...]:
    """All that should be small."""
    return (
        round(point.latency_ns, 6),
        point.initiation_interval,
        point.mapped(FpgaResource.LUT),
        point.mapped(FpgaResource.DSP),
    )
