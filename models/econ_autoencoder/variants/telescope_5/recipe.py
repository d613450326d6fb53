"""A weight set for 5 bits a number, trained as published: with the telescope loss."""

from models import econ

RECIPE = econ.autoencoder(5, epochs=(6, 12), loss=econ.telescope, begin="econ_autoencoder/econ_autoencoder")
