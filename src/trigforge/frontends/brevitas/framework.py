"""The packages ``torch`` and ``brevitas``, imported on first use."""

import importlib
from typing import Any

from trigforge.frameworks import needing, quiet


def package(name: str) -> Any:
    """A module of torch or Brevitas; ``ToolMissingError`` where its package is not installed."""
    with needing("reading a torch module", "torch", more=", in a checkout make setup-frameworks"), quiet():
        return importlib.import_module(name)
