"""Fault-injection campaigns: where the registers of a design stand, which bits are flipped, and what became of it."""

from trigforge.faults.counting import counted
from trigforge.faults.drawing import Shares, drawn, read_shares
from trigforge.faults.loading import loading
from trigforge.faults.places import Place, places_of
from trigforge.faults.records import Campaign, Counts, Kind, PlaceCounts, SinglePoint, from_json, to_json

__all__ = [
    "Campaign",
    "Counts",
    "Kind",
    "Place",
    "PlaceCounts",
    "Shares",
    "SinglePoint",
    "counted",
    "drawn",
    "from_json",
    "loading",
    "places_of",
    "read_shares",
    "to_json",
]
