"""Hardware of published networks: our Verilog beside the peer compiler's (alkaid), mapped by the same passes.

``python benchmarks/qor.py`` measures the networks that were not measured yet, ``python benchmarks/qor.py NAMES...``
measures these again (stages that are the same are not mapped again), ``python benchmarks/qor.py write`` fills
``docs/results/qor.md`` from ``results/qor.jsonl``. A network is one line there. The files are no part of the project:
they are looked for in ``../shared``, or where ``TRIGFORGE_SHARED`` says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, record
from benchmarks.qor_study import measuring, page, results
from benchmarks.qor_study.networks import networks
from trigforge.toolchain import verilator, yosys

FOLDER = BENCHMARKS.parent / "build" / "qor"


def main(arguments: Sequence[str]) -> None:
    if list(arguments) == ["write"]:
        page.write(results.load().values())
        return
    here = {network.name: network for network in networks()}
    unknown = [name for name in arguments if name not in here]
    if unknown:
        sys.exit(f"error: there is no network {unknown[0]!r}; there are {', '.join(here) or 'none'}")
    known = results.load()
    chosen = arguments or [name for name, network in here.items() if network.key not in known]
    tools = {"yosys": yosys.version(), "verilator": verilator.version(), "alkaid": metadata.version("alkaid")}
    for name in chosen:

        def tell(text: str, name: str = name) -> None:
            print(f"{name}: {text}", flush=True)

        record("qor", measuring.measure(here[name], FOLDER / name, tell), tools=tools)


if __name__ == "__main__":
    main(sys.argv[1:])
