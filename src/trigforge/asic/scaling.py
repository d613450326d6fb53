"""``extrapolated``: figures of one technology at 65 nm, by scaling alone."""

from dataclasses import dataclass

from trigforge.errors import LibraryError

NODES_NM = {"osu018_stdcells": 180}
"""the process of libraries that are known by name"""
TO_NM = 65
TO_V = 1.2
"""the usual supply at that node"""


@dataclass(frozen=True)
class Extrapolated:
    """Extrapolated figures; no library and no measurement stands behind them. Leakage, which rises, is not among them.

    ``from_nm`` is the node that they come from, ``node_nm`` and ``supply_V`` what they are extrapolated to.
    """

    from_nm: int
    node_nm: int
    supply_V: float
    area_mm2_extrapolated: float
    critical_path_ns_extrapolated: float
    dynamic_energy_pJ_extrapolated: float


def extrapolated(
    area_mm2: float, critical_path_ns: float, dynamic_energy_pJ: float, node_nm: int, supply_V: float
) -> Extrapolated:
    """Area times s^2, delay times s, energy times s (V'/V)^2, for s = 65 / node and V' = 1.2 V.

    Lengths, and capacitances with them, shrink by s, and delays too: R. H. Dennard et al., IEEE J. Solid-State Circuits
    9 (1974) 256, table I. The supply falls more slowly than lengths, as in the generalized scaling of G. Baccarani et
    al., IEEE Trans. Electron Devices 31 (1984) 452, and energy is C V^2.

    Raises ``LibraryError`` for a node below 65 nm.
    """
    if node_nm < TO_NM:
        raise LibraryError(f"node {node_nm} nm; figures are extrapolated to {TO_NM} nm, from a larger node in nm")
    s = TO_NM / node_nm
    energy = dynamic_energy_pJ * s * (TO_V / supply_V) ** 2
    return Extrapolated(node_nm, TO_NM, TO_V, area_mm2 * s**2, critical_path_ns * s, energy)
