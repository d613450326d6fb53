"""The chamber: seven gas gaps in three stations, each read out by strips or wire groups called channels.

The layout is that of arXiv 2202.04976: 3 + 2 + 2 gaps, 50 channels a gap, 18 to 20 mm a channel, 1.5 m from the first
to the last gap. Positions within these bounds, the offsets and the growth of the pitch were fitted once to the network
published for the public ``fake-TGC`` data (see README.md) and are frozen.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasets.muon.errors import MuonDataError

GAP_THICKNESS_M = 0.0028
"""of a thin gap chamber: anode to cathode 1.4 mm (ATLAS Muon TDR, CERN/LHCC 97-22)"""


@dataclass(frozen=True)
class Gap:
    """A plane at ``z_m`` from the collision point, its channels ``pitch_mm`` wide.

    ``offset_channels`` moves its channels towards the axis of the beam, in units of the pitch.
    """

    z_m: float
    pitch_mm: float
    offset_channels: float


@dataclass(frozen=True)
class Chamber:
    """``gaps`` in the order a muon crosses them, ``stations`` how many of them stand together.

    The middle of every gap lies, but for its offset, on a straight line from the collision point at ``axis_mrad`` from
    the beam.
    """

    gaps: tuple[Gap, ...]
    stations: tuple[int, ...]
    channels: int
    axis_mrad: float

    @property
    def z_m(self) -> NDArray[np.float64]:
        """Distances from the collision point along the beam, (gaps,)."""
        return np.array([gap.z_m for gap in self.gaps])

    @property
    def pitch_m(self) -> NDArray[np.float64]:
        """Widths of a channel, (gaps,), in metres."""
        return np.array([gap.pitch_mm for gap in self.gaps]) / 1000

    @property
    def edge_m(self) -> NDArray[np.float64]:
        """Distance of the lower edge of channel 0 from the beam, (gaps,)."""
        middle = self.z_m * np.tan(self.axis_mrad / 1000)
        return middle - (self.channels / 2 + np.array([gap.offset_channels for gap in self.gaps])) * self.pitch_m


def _frozen() -> Chamber:
    z_m = (13.40, 13.45, 13.50, 14.66, 14.71, 14.85, 14.90)
    offsets = (0, 2 / 3, 4 / 3, -0.69, -0.19, 0.07, 0.57)
    pitch_mm = [round(18.0 * (1 + 0.835 * (z / z_m[0] - 1)), 3) for z in z_m]
    return Chamber(tuple(map(Gap, z_m, pitch_mm, offsets)), (3, 2, 2), 50, 228.2)


CHAMBER = _frozen()
"""The chamber of every file made here."""


def check(chamber: Chamber) -> None:
    """Raises ``MuonDataError`` for a chamber that cannot be built."""
    if sum(chamber.stations) != len(chamber.gaps) or min(chamber.stations, default=0) < 1:
        raise MuonDataError(
            f"the stations hold {' + '.join(map(str, chamber.stations))} gaps, but the chamber has "
            f"{len(chamber.gaps)}; give every gap to one station"
        )
    if chamber.channels < 1:
        raise MuonDataError(f"a gap has {chamber.channels} channels; give at least one")
    for number, gap in enumerate(chamber.gaps, 1):
        if not gap.pitch_mm > 0:
            raise MuonDataError(f"gap {number} has a pitch of {gap.pitch_mm:g} mm; give a width above 0")
    for number, (gap, following) in enumerate(pairwise(chamber.gaps), 1):
        if not following.z_m - gap.z_m >= GAP_THICKNESS_M:
            raise MuonDataError(
                f"gaps {number} and {number + 1} overlap: they stand at {gap.z_m:g} m and {following.z_m:g} m, and a "
                f"gap is {GAP_THICKNESS_M * 1000:g} mm thick; move them apart, in the order a muon crosses them"
            )


def check_read_by(chamber: Chamber, gaps: int, channels: int) -> None:
    """Raises ``MuonDataError`` for a chamber that a network of ``gaps`` times ``channels`` inputs cannot read whole."""
    check(chamber)
    if chamber.channels > channels:
        raise MuonDataError(
            f"the chamber has {chamber.channels} channels a gap, the network reads {channels}; "
            "cut the chamber into sectors, or train a network that reads more"
        )
    if len(chamber.gaps) != gaps or chamber.channels < channels:
        raise MuonDataError(
            f"the chamber has {len(chamber.gaps)} gaps of {chamber.channels} channels, the network reads {gaps} of "
            f"{channels}; use the network with the chamber it was trained on"
        )
