"""Versions are collected without importing what they belong to."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata

from trigforge.reports.versions import PACKAGES, environment


def test_versions_of_packages_python_and_tools() -> None:
    found = environment({"g++": "12.2.0"})
    assert found["trigforge"] == metadata.version("trigforge")
    assert found["numpy"] == metadata.version("numpy")
    assert found["python"] == platform.python_version()
    assert found["g++"] == "12.2.0"
    assert found["platform"]
    assert all(isinstance(version, str) for version in found.values())


def test_what_is_not_installed_has_no_entry() -> None:
    assert "no-such-distribution" not in environment()
    assert set(environment()) <= {*PACKAGES, "python", "platform"}


def test_nothing_heavy_is_imported() -> None:
    heavy = "keras tensorflow hls4ml hgq"
    script = (
        "import sys; from trigforge.reports.versions import environment; environment(); "
        f"print(sorted(set(sys.modules) & set({heavy!r}.split())))"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"
