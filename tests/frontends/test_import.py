"""Frontends import their frameworks on first use only."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import trigforge.frontends, trigforge.frontends.hgq, trigforge.frontends.qonnx
for path in ("no.keras", "no.onnx"):
    try:
        trigforge.frontends.read(path)
    except trigforge.errors.ModelFileError:
        pass
print(*sorted({"keras", "tensorflow", "hgq", "h5py", "onnx", "onnxruntime", "qonnx", "torch"} & set(sys.modules)))
"""


def test_no_framework_before_a_model_is_read() -> None:
    result = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert result.stdout.split() == []
