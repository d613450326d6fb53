"""The account of what slices share, from a project to a report."""

from trigforge.project import KeptApart as Kept
from trigforge.project import PlannedCost as Cost
from trigforge.project import RtlProject, SharedInstances
from trigforge.reports import (
    Arriving,
    ComparedCost,
    Figure,
    KeptApart,
    Occupancy,
    PlannedCost,
    Provenance,
    SavedBits,
    Sharing,
)

_BITS = "counted in the plan of the pipeline, before mapping; an adder bit takes about one look-up table"
_TABLES = "adder bits of the plan of the pipeline, before mapping, and one look-up table for two register bits"


def sharing_of(project: RtlProject) -> Sharing | None:
    """The account of a project; None where the design point lets them share nothing."""
    if project.sharing is None:
        return None
    return Sharing(
        asked_interval=project.sharing.asked_interval,
        interval=project.initiation_interval,
        occupancy=tuple(map(_occupancy, project.shared_instances)),
        kept_apart=tuple(map(_kept, project.sharing.kept_apart)),
        built=_cost(project.sharing.built),
        apart=_cost(project.sharing.apart),
        arriving=tuple(
            Arriving(port.tensor, port.shape[0], port.rows_a_cycle, port.beats - 1)
            for port in project.inputs
            if port.rows_a_cycle is not None
        ),
    )


def _occupancy(shared: SharedInstances) -> Occupancy:
    last = shared.start_cycle + (shared.slots - 1) * shared.spacing_cycles
    return Occupancy(
        name=shared.name,
        layers=shared.layers,
        inside=shared.inside,
        accumulates=shared.accumulates,
        slices=shared.slices,
        instances=shared.instances,
        slots=shared.slots,
        spacing_cycles=shared.spacing_cycles,
        begin_cycle=shared.start_cycle,
        end_cycle=last + shared.latency_cycles,
        adder_bits=SavedBits(_bits(shared.adder_bits_apart), _bits(shared.adder_bits)),
    )


def _kept(kept: Kept) -> KeptApart:
    cost = ComparedCost(_counted(kept.cost_apart, "LUT", _TABLES), _counted(kept.cost_shared, "LUT", _TABLES))
    return KeptApart(kept.name, kept.layers, kept.slices, cost)


def _cost(cost: Cost) -> PlannedCost:
    bits = cost.adder_bits, cost.choice_bits, cost.accumulator_bits, cost.register_bits
    return PlannedCost(*map(_bits, bits))


def _bits(value: float) -> Figure:
    return _counted(value, "bits", _BITS)


def _counted(value: float, unit: str, source: str) -> Figure:
    """A count of the plan, which says of the mapped design what ``source`` tells."""
    count = round(value)
    return Figure(count, unit, Provenance.ESTIMATED, source, count, count)
