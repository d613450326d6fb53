"""A weight set for 3 bits a number, two links, begun at that for 9."""

from models import econ

RECIPE = econ.autoencoder(3, epochs=(2, 15), begin="econ_autoencoder/econ_autoencoder")
