"""Modules as every reader returns them: 48 charges each, and what else is known of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.geometry import CELLS

UNITS_A_MIP = 35
"""CALQ / 35 is the charge in transverse MIPs: a minimum ionising particle times sin of its angle to the beam."""
CALQ_BITS = 22
"""Width of the unsigned integers of the concentrator chip."""

TRUTH: dict[str, type[np.generic]] = {
    "event": np.int32,
    "layer": np.int16,
    "subdet": np.int16,
    "waferu": np.int16,
    "waferv": np.int16,
    "wafertype": np.int16,
    "eta": np.float32,
    "energy": np.float32,
    "simenergy": np.float32,
    "pileup": np.int16,
}
"""Columns beside the charges. `event` numbers the crossings of a file; `layer` counts from 1 through CE-E and CE-H;
`subdet` is 1 for CE-E, 2 for CE-H; `energy` and `simenergy` are GeV in the absorber of the layer, as measured by the
charges and deposited by the signal; `pileup` is the mean number of collisions."""


@dataclass(frozen=True)
class Modules:
    """`calq` (n, 48) int32, charges in units of 1/35 transverse MIP; `truth`, (n,) each: the columns of `TRUTH` that
    are known."""

    calq: NDArray[np.int32]
    truth: dict[str, NDArray[Any]]

    def __post_init__(self) -> None:
        wrong = {name: column.shape for name, column in self.truth.items() if column.shape != (len(self.calq),)}
        if self.calq.ndim != 2 or self.calq.shape[1] != CELLS or wrong:
            raise CalorimeterDataError(
                f"charges of shape {self.calq.shape}, columns of shape {wrong or 'the same length'}; "
                f"expected (n, {CELLS}) and (n,)"
            )

    def __len__(self) -> int:
        return len(self.calq)

    def take(self, chosen: slice | NDArray[Any]) -> "Modules":
        """The modules `chosen`."""
        return Modules(self.calq[chosen], {name: column[chosen] for name, column in self.truth.items()})


def join(parts: list[Modules]) -> Modules:
    """All modules of `parts` (at least one), in order, with the columns that all of them have."""
    names = [name for name in parts[0].truth if all(name in part.truth for part in parts)]
    truth = {name: np.concatenate([part.truth[name] for part in parts]) for name in names}
    return Modules(np.concatenate([part.calq for part in parts]), truth)


def occupancy(modules: Modules) -> NDArray[np.int64]:
    """Cells of each module with more than one transverse MIP, (n,): the count of the published study."""
    return np.count_nonzero(modules.calq > UNITS_A_MIP, axis=1)
