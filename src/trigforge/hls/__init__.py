"""Graph and design point to an HLS C++ project, printed by hls4ml with every type set here."""

from trigforge.hls.generate import to_project

__all__ = ["to_project"]
