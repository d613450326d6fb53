"""A weight set for 5 bits a number, three links, begun at that for 9."""

from models import econ

RECIPE = econ.autoencoder(5, epochs=(2, 15), begin="econ_autoencoder/econ_autoencoder")
