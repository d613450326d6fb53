"""Hardware of published networks: our Verilog beside the peer compiler's (alkaid), mapped by the same passes.

``python benchmarks/qor.py`` measures the networks that were not measured yet, ``python benchmarks/qor.py NAMES...``
measures these again (stages that are the same are not mapped again), ``python benchmarks/qor.py write`` fills
``docs/results/qor.md`` from ``results/qor.jsonl`` and draws its picture. A network is one line there. The files are no
part of the project: they are looked for in ``../shared``, or where ``TRIGFORGE_SHARED`` says.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.harness import BENCHMARKS, record
from benchmarks.qor_study import measuring, page, pictures, results
from benchmarks.qor_study.networks import networks
from trigforge.toolchain import verilator, yosys

FOLDER = BENCHMARKS.parent / "build" / "qor"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1)
@click.option("--most-bits", default=measuring.MOST_BITS, show_default=True, help="Designs of more are not mapped.")
@click.option("--minutes", default=0.0, show_default=True, help="Of `trigforge optimize`, for one more form of ours.")
@click.option("--form", "forms", multiple=True, default=results.THEIRS, help="Forms of the peer to map, default all.")
def main(names: tuple[str, ...], most_bits: int, minutes: float, forms: tuple[str, ...]) -> None:
    """Measure networks, by default those that were not yet; `write` fills the page."""
    if names == ("write",):
        entries = results.load().values()
        page.write(entries)
        pictures.draw(page.in_order(entries))
        return
    here = {network.name: network for network in networks()}
    unknown = [name for name in names if name not in here]
    if unknown:
        sys.exit(f"error: there is no network {unknown[0]!r}; there are {', '.join(here) or 'none'}")
    known = results.load()
    chosen = names or [name for name, network in here.items() if network.key not in known]
    tools = {"yosys": yosys.version(), "verilator": verilator.version(), "alkaid": metadata.version("alkaid")}
    for name in chosen:

        def tell(text: str, name: str = name) -> None:
            click.echo(f"{name}: {text}")

        found = measuring.measure(here[name], FOLDER / name, tell, most_bits, minutes, forms)
        record("qor", found, tools=tools)


if __name__ == "__main__":
    main()
