"""Identifiers of C++ that no macro and no other name takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import hls4ml
import pytest

from trigforge.hls.names import Identifiers

HEADERS = "bits/stdc++.h errno.h math.h complex.h sys/types.h sys/stat.h signal.h ap_fixed.h ap_int.h hls_stream.h"


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_no_macro_of_any_header_is_an_identifier() -> None:
    """Every macro that a C simulation can see, as the compiler lists them."""
    types = Path(hls4ml.__file__).parent / "templates" / "vivado" / "ap_types"
    text = "".join(f"#include <{header}>\n" for header in HEADERS.split())
    command = ["g++", "-std=gnu++17", "-x", "c++", "-I", str(types), "-dM", "-E", "-"]
    listed = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    macros = {line.split()[1].partition("(")[0] for line in listed.splitlines()}
    assert len(macros) > 1000
    names = Identifiers()
    assert macros.isdisjoint({names.fresh(macro) for macro in macros if not macro.startswith("_")})
