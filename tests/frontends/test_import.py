"""Frontends import their frameworks on first use only."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import trigforge.frontends, trigforge.frontends.hgq
try:
    trigforge.frontends.read("no.keras")
except trigforge.errors.ModelFileError:
    pass
print(*sorted({"keras", "tensorflow", "hgq", "h5py"} & set(sys.modules)))
"""


def test_no_framework_before_a_model_is_read() -> None:
    result = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert result.stdout.split() == []
