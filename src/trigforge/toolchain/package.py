"""make: compiling a package of an emulator, and the check it carries."""

import re
import shutil
from pathlib import Path

from trigforge.errors import BitMismatch, ToolFailedError, ToolMissingError
from trigforge.toolchain.gxx import find
from trigforge.toolchain.process import Command, run_tool

_CHECKED = re.compile(r"^(\d+) events, (\d+) mismatches$", re.MULTILINE)
_WRONG = re.compile(r"^.*the kernel was compiled wrongly: .*$", re.MULTILINE)

_ALONE = {"MAKEFLAGS": "", "MFLAGS": "", "MAKELEVEL": "0"}
"""Not as a part of the make that may have started this process."""


def make_package(folder: Path, *, timeout_s: float = 1800.0) -> tuple[int, int]:
    """Compile the package in ``folder`` and run its check: how many events it played, and how many integers differed.

    What was compiled from sources that have not changed is kept. Raises ``ToolMissingError`` without make or a
    compiler, ``ToolFailedError`` where either fails, ``BitMismatch`` where the package refuses to work with what the
    compiler made of its kernel.
    """
    compiler = find()
    if shutil.which("make") is None:
        raise ToolMissingError(
            "make is missing: install it (apt install make). "
            f"Without it, the sources are there: run 'make check' in {folder} where it is installed"
        )
    try:
        run_tool("make", Command(["make", "-j2", f"CXX={' '.join(compiler)}"], folder, _ALONE), timeout_s=timeout_s)
        check = Command(["make", f"CXX={' '.join(compiler)}", "check"], folder, _ALONE)
        log = run_tool("make", check, timeout_s=timeout_s)
    except ToolFailedError as error:
        wrong = _WRONG.search(str(error))
        if wrong is not None:
            raise BitMismatch(wrong[0]) from None
        found = _CHECKED.search(str(error))
        if found is None:
            raise
        return int(found[1]), int(found[2])
    found = _CHECKED.search(log)
    if found is None:
        raise ToolFailedError(f"make check in {folder} said nothing of its events; run it by hand")
    return int(found[1]), int(found[2])
