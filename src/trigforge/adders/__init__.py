"""Adder graphs: a matrix of constants as additions of shifted values, found by alkaid and proved here."""

from trigforge.adders import kept
from trigforge.adders.finding import Watch, find, first, instead, watched
from trigforge.adders.graph import AdderGraph, Term, values_used
from trigforge.adders.problem import Problem, signed_digits

__all__ = [
    "AdderGraph",
    "Problem",
    "Term",
    "Watch",
    "find",
    "first",
    "instead",
    "kept",
    "signed_digits",
    "values_used",
    "watched",
]
