"""The encoder at 9 bits a number, five links: the weights that the other weight sets begin from."""

from models import econ

RECIPE = econ.autoencoder(9, epochs=(25, 25))
