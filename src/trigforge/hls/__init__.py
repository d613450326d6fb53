"""Graph and design point to an HLS C++ project, printed by hls4ml with every type set here."""

from trigforge.hls.generate import to_project
from trigforge.hls.reuse import multiplications_of

__all__ = ["multiplications_of", "to_project"]
