"""The command line: ``trigforge synth | verify | implement | emulate | coverage | export | cache | train |
data``."""

from trigforge.cli.main import main

__all__ = ["main"]
