"""A front of smaller networks, trained on from the shipped one with a growing weight of the EBOPs."""

from dataclasses import replace

from models import jets
from models.jet_tagger_in_16.recipe import RECIPE as SHIPPED

RECIPE = jets.front(replace(SHIPPED, ebops_limit=360_000), "jet_tagger_in_16/jet_tagger_in_16")
