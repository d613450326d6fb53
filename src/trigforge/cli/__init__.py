"""The command line: ``trigforge synth | verify | train | data``."""

from trigforge.cli.main import main

__all__ = ["main"]
