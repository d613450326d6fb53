"""The packages ``torch`` and ``brevitas``, imported on first use."""

import importlib
from typing import Any

from trigforge.frameworks import needing, quiet


def package(name: str) -> Any:
    """A module of torch or Brevitas; ``ToolMissingError`` where its package is not installed."""
    remedy = "install trigforge with the extra [torch], here: make setup-frameworks"
    with needing("reading a torch module", remedy), quiet():
        return importlib.import_module(name)
