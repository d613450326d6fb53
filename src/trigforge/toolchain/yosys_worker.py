"""Maps one stage module inside a process of its own: ``python -m trigforge.toolchain.yosys_worker JOB.json``.

A job is ``{"top", "dsp", "sources", "adders", "results"}``; sources, adders and the folder for results stand below the
working directory, so that no name in a netlist depends on where a build lies. It leaves ``netlist.json.gz`` (Yosys'
JSON), ``mapped.v``, and ``cells.json``, which counts the cells by type. An error of Yosys ends the process with status
1 after a line ``ERROR: ...``.
"""

import gzip
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

LIBRARY = "read_verilog -lib -specify +/xilinx/cells_sim.v"
RARE_LIBRARY = "read_verilog -lib +/xilinx/cells_xtra.v"
"""block RAM, DSP slices and a thousand cells more: half a second that most stages do not need"""
MAP = "synth_xilinx -family xcup -noiopad -noclkbuf -nosrl -nolutram -flatten -top {top}"
"""Out of context, with neither pads nor clock buffers. A stage holds one register a bit, and nothing to shift."""
ADDERS = Path(__file__).with_name("yosys_adders.v")
"""Keeps each adder by itself, with fewer LUTs and shorter paths than Yosys' own merging."""
MAPPED = ("tf_sum_three.v",)
"""cells that ``ADDERS`` holds a form of"""
NETLIST, VERILOG, CELLS = "netlist.json.gz", "mapped.v", "cells.json"


def main(job: str) -> None:
    """Map the stage that a job file describes."""
    task = cast(dict[str, Any], json.loads(Path(job).read_text(encoding="utf-8")))
    results = Path(task["results"])
    libyosys: Any = import_module("pyosys.libyosys")  # typed nowhere
    design = libyosys.Design()

    def run(command: str) -> None:
        libyosys.run_pass(command, design)

    map_design(design, task["top"], task["sources"], adders=task["adders"], dsp=task["dsp"])
    run("setattr -mod -unset keep_hierarchy *")
    run("flatten")
    run("opt_clean")
    run("delete =A:blackbox")
    run("delete t:$scopeinfo")
    run("attrmap -remove src -remove hdlname -remove keep")
    run("tee -q -o stat.json stat -tech xilinx -json")
    run("write_json netlist.json")
    run(f"write_verilog -noattr {results / VERILOG}")
    counted = json.loads(Path("stat.json").read_text(encoding="utf-8"))["design"].get("num_cells_by_type", {})
    (results / NETLIST).write_bytes(gzip.compress(Path("netlist.json").read_bytes(), 6, mtime=0))
    (results / CELLS).write_text(json.dumps(counted) + "\n", encoding="utf-8")


def map_design(design: Any, top: str, sources: Sequence[str], *, adders: str, dsp: bool) -> None:
    """Read Verilog into an empty design of ``pyosys`` and map it; what is set apart still stands by itself."""
    libyosys: Any = import_module("pyosys.libyosys")

    def run(command: str) -> None:
        libyosys.run_pass(command, design)

    synthesize = MAP.format(top=top) + ("" if dsp else " -nodsp")
    for source in sources:
        run(f'read_verilog {"-lib " if Path(source).name in MAPPED else ""}"{source}"')
    run(LIBRARY)
    if dsp:
        run(RARE_LIBRARY)
    run(f"hierarchy -check -top {top}")
    _set_apart(design, lambda name: libyosys.IdString(f"\\{name}"))
    run(f"{synthesize} -run prepare:coarse")
    run(f'techmap -map "{adders}" t:$add t:$sub')
    run("opt_expr -fine")
    run("opt_clean")
    run(f"{synthesize} -run coarse:map_memory")
    if any(str(cell.type.str()).startswith("$mem") for cell in design.top_module().cells_.values()):
        if not dsp:
            run(RARE_LIBRARY)
        run(f"{synthesize} -run map_memory:map_ffram")  # reads long libraries too
    run(f"{synthesize} -run map_ffram:")
    run(f'techmap -map "{adders}"')  # last, as Yosys makes inverters out of a carry that begins with 1


def _set_apart(design: Any, name: Callable[[str], Any]) -> None:
    """Keep modules that bear ``map_once``, which are products and small tables, out of the stage until they are mapped.

    A stage of attention holds hundreds of products of one size, and as one text takes eight times as long for the same
    look-up tables. What has a port of one bit vanishes in the logic around it, and is left there.
    """
    for module in design.modules_.values():
        ports = [wire for wire in module.wires_.values() if wire.port_input or wire.port_output]
        if module.get_bool_attribute(name("map_once")) and all(wire.width > 1 for wire in ports):
            module.set_bool_attribute(name("keep_hierarchy"), True)


if __name__ == "__main__":
    main(sys.argv[1])
