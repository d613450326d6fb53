"""Maps one module to standard cells, or puts mapped ones together: ``python -m trigforge.toolchain.cells_worker JOB``.

A job to map is ``{"top", "sources", "closed", "library", "left_out", "constraints", "delay_ps", "results"}``: modules
of ``closed`` files stay as they are, ``left_out`` cells are not used. It leaves ``mapped.v``. A job to put together is
``{"top", "sources", "library", "results"}``, of mapped files; it leaves ``netlist.json.gz``. An error of Yosys ends the
process with status 1 after a line ``ERROR: ...``.
"""

import gzip
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from trigforge.toolchain.yosys_worker import NETLIST, VERILOG

COARSE = (
    "proc",
    "flatten -noscopeinfo",
    "opt_expr",
    "opt_clean",
    "opt -nodffe -nosdff",
    "wreduce",
    "peepopt",
    "opt_clean",
    "alumacc",
    "opt",
    "memory -nomap",
    "opt_clean",
    "memory_map",
    "opt -fast -full",
    "techmap",
    "opt -fast",
)
"""Those of Yosys' ``synth``, without finite-state machines, which no design here has, and its own run of abc."""
FINISH = (
    "opt_clean -purge",
    "setattr -mod -unset keep_hierarchy *",
    "setattr -mod -unset keep_hierarchy =*",
    "flatten -noscopeinfo",
    "opt_clean -purge",
)
STAGE = "stage"
"""the attribute that tells of which mapped module a cell is"""


def main(job: str) -> None:
    """Do what a job file describes."""
    task = cast(dict[str, Any], json.loads(Path(job).read_text(encoding="utf-8")))
    libyosys: Any = import_module("pyosys.libyosys")  # typed nowhere
    design, results = libyosys.Design(), Path(task["results"])

    def run(command: str) -> None:
        libyosys.run_pass(command, design)

    for source in task["sources"]:
        run(f'read_verilog {"-lib " if source in task.get("closed", ()) else ""}"{source}"')
    library, top = task["library"], task["top"]
    if "constraints" not in task:
        run(f'read_liberty -lib -ignore_miss_func -ignore_miss_dir "{library}"')
        run(f"hierarchy -check -top {top}")
        run("flatten -noscopeinfo")
        run("opt_clean")
        run("write_json netlist.json")
        (results / NETLIST).write_bytes(gzip.compress(Path("netlist.json").read_bytes(), 6, mtime=0))
        return
    left_out = "".join(f" -dont_use {name}" for name in task["left_out"])
    run(f"hierarchy -check -top {top}")
    for command in COARSE:
        run(command)
    run(f'dfflibmap -liberty "{library}"{left_out}')
    timing = f'-constr "{task["constraints"]}" -D {task["delay_ps"]}'
    run(f'abc -liberty "{library}"{left_out} {timing}')
    for command in FINISH:
        run(command)
    run("attrmap -tocase keep -remove src -remove hdlname -remove keep")
    run(f'setattr -set {STAGE} "{top}" t:*')
    run(f"write_verilog {results / VERILOG}")


if __name__ == "__main__":
    main(sys.argv[1])
