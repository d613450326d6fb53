"""A weight set for 7 bits a number, four links, begun at that for 9."""

from models import econ

RECIPE = econ.autoencoder(7, epochs=(2, 15), begin="econ_autoencoder/econ_autoencoder")
