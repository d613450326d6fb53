"""The only room that knows the whole route: read, quantize, emulate, verify, build."""

from trigforge.flow.builder import build, verify
from trigforge.flow.preparing import emulate, read, to_hls
from trigforge.flow.quantizing import quantize

__all__ = ["build", "emulate", "quantize", "read", "to_hls", "verify"]
