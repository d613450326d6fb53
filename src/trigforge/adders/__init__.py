"""Adder graphs: a matrix of constants as additions of shifted values, found by alkaid and proved here."""

from trigforge.adders.graph import AdderGraph, Term, values_used
from trigforge.adders.search import find

__all__ = ["AdderGraph", "Term", "find", "values_used"]
