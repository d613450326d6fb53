"""A weight set for 5 bits a number and the first seven layers alone, begun at that for all."""

from models import econ

RECIPE = econ.autoencoder(5, epochs=(1, 8), region="front", begin="econ_autoencoder/variants/bits_5/bits_5")
