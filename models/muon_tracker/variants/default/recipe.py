"""The staged muon tracker trained under default conditions only.

The same network, trained in the same way as ``muon_tracker``, to compare with; nothing but the muons differs.
"""

from dataclasses import replace

from models.muon_tracker import recipe as staged
from trigforge.training import LabelledEvents


def load(split: str) -> LabelledEvents:
    """Training and validation muons of the default chamber; others as ``muon_tracker`` has them."""
    from datasets.muon import DEFAULT

    return staged.simulated(split, DEFAULT) if split in ("train", "validation") else staged.load(split)


RECIPE = replace(staged.RECIPE, load=load, scan=None)
