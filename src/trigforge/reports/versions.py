"""Which versions a build was made with, found without importing anything heavy."""

import platform
from collections.abc import Mapping

from trigforge.cache import installed

PACKAGES = ("trigforge", "numpy", "hls4ml", "hgq2", "keras", "tensorflow-cpu")
"""The installed distributions whose version can change a build."""


def environment(tools: Mapping[str, str] | None = None) -> dict[str, str]:
    """Name -> version of the packages installed here, of Python and the platform, and of the ``tools`` that ran.

    A package that is not installed has no entry. ``tools`` are the versions the toolchain found, such as
    ``{"g++": "12.2.0"}``.
    """
    host = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    return {**installed(*PACKAGES), **host, **(tools or {})}
