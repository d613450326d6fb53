"""The campaign on one screen of the terminal."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trigforge.design import Redundancy
from trigforge.faults.records import Campaign, Counts, Kind, PlaceCounts, grouped
from trigforge.menu.wording import percent

_SHOWN_POINTS = 8
_HEADINGS = ("bits", "flips", "masked", "corrected", "latent", "wrong", "wrong, of flips")
_ALL = "all"


def render(campaign: Campaign) -> RenderableType:
    """The flips that were made, the counts by kind of place, by layer and by cycle, and single points of failure."""
    lines: list[RenderableType] = [Text(headline(campaign), style="bold"), Text(injected(campaign)), Text()]
    kinds = {str(kind): entry for kind, entry in campaign.kinds.items()}
    lines.append(_counts({**kinds, _ALL: (sum(bits for bits, _ in kinds.values()), campaign.counts)}))
    for title, rows in (("layer", by_layer(campaign)), ("cycle", by_cycle(campaign))):
        lines += [Text(), Text(f"data registers by {title}", style="bold"), _counts(rows, title)] if rows else []
    if campaign.redundancy is not Redundancy.NONE:
        lines += [Text(), *_points(campaign)]
    lines.append(Text("in brackets Clopper-Pearson intervals of 68 %", style="dim"))
    return Group(*lines)


def headline(campaign: Campaign) -> str:
    """The model and its verdict."""
    counts = campaign.counts
    told = f"{campaign.model} in its shell {campaign.shell}, redundancy {campaign.redundancy.lower()}"
    outside = counts.wrong - (campaign.kinds[Kind.VOTERS][1].wrong if Kind.VOTERS in campaign.kinds else 0)
    if campaign.redundancy is Redundancy.NONE:
        return f"{told}: {counts.wrong:,} of {counts.flips:,} flips came out wrong, {percent(counts.share('wrong'))}"
    return (
        f"{told}: {outside:,} of {counts.flips:,} flips came out wrong outside of voters, "
        f"{counts.wrong - outside:,} at voters, for as long as these glitch"
    )


def injected(campaign: Campaign) -> str:
    """One sentence on the way in which flips were made."""
    shares = ", ".join(f"{share:.3g} {kind}" for kind, share in campaign.shares.items())
    proportions = f"shares: {shares}" if shares else "in proportion to bits"
    return (
        f"single bit flips at random times in a stream of {campaign.events:,} events, at least "
        f"{campaign.spacing_cycles} clock cycles apart (latency {campaign.latency_cycles}, an event every "
        f"{campaign.interval_cycles}); {proportions}; seed {campaign.seed}"
    )


def by_layer(campaign: Campaign) -> Mapping[str, tuple[int, Counts]]:
    """Bits and counts of the data registers of each layer."""
    return grouped(_data(campaign), lambda place: place.layer or "(no layer)")


def by_cycle(campaign: Campaign) -> Mapping[str, tuple[int, Counts]]:
    """Bits and counts of the data registers that are loaded in each cycle of the pipeline."""
    return grouped(_data(campaign), lambda place: "waiting" if place.cycle is None else str(place.cycle))


def _data(campaign: Campaign) -> list[PlaceCounts]:
    return [place for place in campaign.places if place.kind is Kind.DATA]


def _counts(rows: Mapping[str, tuple[int, Counts]], title: str = "place") -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (title, *_HEADINGS):
        left = heading in (title, _HEADINGS[-1])
        table.add_column(heading, justify="left" if left else "right", no_wrap=heading != title)
    for name, (bits, counts) in rows.items():
        numbers = (bits, counts.flips, counts.masked, counts.corrected, counts.latent, counts.wrong)
        told = percent(counts.share("wrong")) if counts.flips else ""
        table.add_row(Text(name), *(f"{number:,}" for number in numbers), told, style="bold" if name == _ALL else "")
    return table


def _points(campaign: Campaign) -> list[RenderableType]:
    """The first of the single points of failure."""
    points = campaign.single_points
    if not points:
        return [Text("no single point of failure was hit")]
    lines = [Text(f"{len(points):,} single points of failure were hit, bits of voters; faults.json lists all")]
    lines += [Text(f"  {point.name} bit {point.bit}", style="dim") for point in points[:_SHOWN_POINTS]]
    more = len(points) - _SHOWN_POINTS
    return [*lines, Text(f"  and {more:,} more", style="dim")] if more > 0 else [*lines]
