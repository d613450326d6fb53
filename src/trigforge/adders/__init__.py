"""Adder graphs: a matrix of constants as additions of shifted values, found by alkaid and proved here."""

from trigforge.adders.graph import AdderGraph, Term, values_used
from trigforge.adders.search import find, signed_digits

__all__ = ["AdderGraph", "Term", "find", "signed_digits", "values_used"]
