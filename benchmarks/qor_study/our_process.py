"""Our compiler in a process of its own: ``python -m benchmarks.qor_study.our_process JOB.json``.

A job is ``{"model", "stage_delay_ns", "folder", "answer"}``: the Verilog of a model goes into the folder, and the CPU
seconds that it took, after the imports, into the file ``answer``. Nothing is compared with the framework.
"""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from pathlib import Path

import trigforge
from trigforge.design import DesignPoint, RtlDesign
from trigforge.project import write
from trigforge.rtl import to_project


def main(job: str) -> None:
    task = json.loads(Path(job).read_text(encoding="utf-8"))
    for name in ("keras", "hgq", "trigforge.frontends"):
        import_module(name)
    begin = _cpu_s()
    graph = trigforge.read(task["model"], check=False)
    project = to_project(graph, DesignPoint(rtl=RtlDesign(stage_delay_ns=task["stage_delay_ns"])))
    write(project, Path(task["folder"]))
    Path(task["answer"]).write_text(json.dumps({"cpu_s": _cpu_s() - begin}), encoding="utf-8")


def _cpu_s() -> float:
    """CPU seconds so far, of the process and of those that it started and that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in used)


if __name__ == "__main__":
    main(sys.argv[1])
