"""The only room that knows the whole route: read, emulate, verify, build."""

from trigforge.flow.builder import build, verify
from trigforge.flow.preparing import emulate, read, to_hls

__all__ = ["build", "emulate", "read", "to_hls", "verify"]
