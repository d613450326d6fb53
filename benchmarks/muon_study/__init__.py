"""Muon trackers on simulated muons, beside the straight-line fit: the parts of ``benchmarks/muon.py``."""
