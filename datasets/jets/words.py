"""Jets as a level-1 correlator sends them: integer words of candidates in any order, and those of the jet's axis.

pT in units of 0.25 GeV, eta and phi in units of pi/720, as the candidates of the CMS phase-2 correlator have them
(CMS-TDR-021); phi from -720 to 719. A constituent beyond the rails of its word stands at their end.
"""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from datasets.jets.generator import JetTable
from datasets.jets.schema import TREE_NAME
from datasets.jets.shards import STORE
from datasets.shards import write_tree

PT_UNIT_GEV = 0.25
ANGLE_UNIT = np.pi / 720
TURN = 1440
PT_RAIL, ETA_RAIL = 2**14 - 1, 2**11 - 1


def write_words(table: JetTable, path: Path, seed: int) -> None:
    """Write `candidate_pt`, `candidate_eta`, `candidate_phi` (a list a jet, shuffled), `axis_eta`, `axis_phi`, `label`.

    All are int16. The file is written whole or not at all; raises JetDataError.
    """
    jet = np.repeat(np.arange(len(table.counts)), table.counts)
    order = np.lexsort((np.random.default_rng(seed).random(len(jet)), jet))
    pt, eta, phi = (
        table.particles[f"constituent_{name}"][order].astype(np.float64) for name in ("pt", "eta_rel", "phi_rel")
    )
    words = {
        "pt": np.clip(np.rint(pt / PT_UNIT_GEV), 1, PT_RAIL),
        "eta": np.clip(np.rint((eta + table.scalars["jet_eta"][jet]) / ANGLE_UNIT), -ETA_RAIL - 1, ETA_RAIL),
        "phi": _around(np.rint((phi + table.scalars["jet_phi"][jet]) / ANGLE_UNIT)),
    }
    branches = {
        "candidate": ak.zip({name: ak.unflatten(word.astype(np.int16), table.counts) for name, word in words.items()}),
        "axis_eta": np.rint(table.scalars["jet_eta"] / ANGLE_UNIT).astype(np.int16),
        "axis_phi": _around(np.rint(table.scalars["jet_phi"] / ANGLE_UNIT)).astype(np.int16),
        "label": table.scalars["label"].astype(np.int16),
    }
    write_tree(path, TREE_NAME, branches, "words of jets simulated by trigforge", uproot.LZMA(9), STORE)


def _around(phi: np.ndarray) -> np.ndarray:
    """Words of phi within half a turn of 0."""
    return (phi + TURN // 2) % TURN - TURN // 2
