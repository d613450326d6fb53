"""A front of smaller networks, trained on from the shipped one with a growing weight of the EBOPs."""

from models import jets
from models.jet_tagger_mlp_16.recipe import RECIPE as SHIPPED

RECIPE = jets.front(SHIPPED, "jet_tagger_mlp_16/jet_tagger_mlp_16")
