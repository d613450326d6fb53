"""A weight set for 5 bits a number and the last layers of the electromagnetic part alone, begun at that for all."""

from models import econ

RECIPE = econ.autoencoder(5, epochs=(1, 8), region="back", begin="econ_autoencoder/variants/bits_5/bits_5")
