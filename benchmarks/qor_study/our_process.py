"""Our compiler in a process of its own: ``python -m benchmarks.qor_study.our_process JOB.json``.

A job is ``{"model", "stage_delay_ns", "folder", "answer", "mapped"}``: the Verilog of a model goes into the folder, and
into the file ``answer`` the CPU seconds that it took, after the imports, and the latency in cycles; where it is to be
``mapped``, its cells and the netlists of its stages too. Nothing is compared with the framework.
"""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import trigforge
from trigforge.design import DesignPoint, RtlDesign
from trigforge.project import write
from trigforge.rtl import to_project
from trigforge.toolchain import yosys


def main(job: str) -> None:
    task = json.loads(Path(job).read_text(encoding="utf-8"))
    for name in ("keras", "hgq", "trigforge.frontends"):
        import_module(name)
    begin = _cpu_s()
    graph = trigforge.read(task["model"], check=False)
    project = to_project(graph, DesignPoint(rtl=RtlDesign(stage_delay_ns=task["stage_delay_ns"])))
    written = write(project, Path(task["folder"]))
    answer: dict[str, Any] = {"cpu_s": _cpu_s() - begin, "cycles": project.latency_cycles}
    if task["mapped"]:
        stages = yosys.map_stages(written, dsp=False)
        answer["lut"] = sum(entry.stage.copies * entry.lut for entry in stages)
        answer["ff"] = project.delay_bits + sum(entry.stage.copies * entry.ff for entry in stages)
        answer["netlists"] = [str(entry.netlist) for entry in stages]
    Path(task["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _cpu_s() -> float:
    """CPU seconds so far, of the process and of those that it started and that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in used)


if __name__ == "__main__":
    main(sys.argv[1])
