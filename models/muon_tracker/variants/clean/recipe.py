"""The staged muon tracker trained on clean muons only: neither inefficiency, noise nor delta rays.

The same network, trained in the same way as ``muon_tracker``, to compare with; nothing but the muons differs.
"""

from dataclasses import replace

from models.muon_tracker import recipe as staged
from trigforge.training import LabelledEvents


def load(split: str) -> LabelledEvents:
    """Training and validation muons without noise and losses; others as ``muon_tracker`` has them."""
    from datasets.muon import CLEAN

    return staged.simulated(split, CLEAN) if split in ("train", "validation") else staged.load(split)


RECIPE = replace(staged.RECIPE, load=load, scan=None)
