"""The command line: ``trigforge synth | verify | implement | emulate | coverage | export | train | data``."""

from trigforge.cli.main import main

__all__ = ["main"]
