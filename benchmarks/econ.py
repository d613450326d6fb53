"""The autoencoder of a detector front end: energy mover's distance beside compression without a network, size,
agreement of all simulators under many weight sets.

Without a command: measure all weight sets and the others on 20,000 modules at each pile-up, then draw. The encoder is
the firmware's, by the native emulator; the decoder runs in Keras. Writes ``results/econ*.jsonl``, ``results/econ/``,
the figures and the tables of ``docs/results/econ.md``. Needs the extras ``[hgq]``, ``[plot]`` and ``[transport]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.econ_study import building, page, pictures, quality, reloading
from benchmarks.harness import record
from benchmarks.study.building import tools
from trigforge.errors import TrigforgeError

STUDY = "econ"
MODULES = 100_000


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Compression of modules, with a network and without. Without a command: measure, then draw."""
    if context.invoked_subcommand is None:
        context.invoke(measure)


@cli.command()
@click.option("--modules", type=click.IntRange(1), default=quality.MODULES, show_default=True, help="At each pile-up.")
def measure(modules: int = quality.MODULES) -> None:
    """Energy mover's distance of every weight set and of compression without a network."""
    record(STUDY, quality.measure(modules, click.echo))
    pictures.draw_modules()
    _draw()


@cli.command("map")
@click.argument("names", nargs=-1)
def map_points(names: tuple[str, ...]) -> None:
    """Map design points to look-up tables with Yosys, all without NAMES."""
    known = {point.key: point for point in building.POINTS}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"error: there is no design point {unknown[0]!r}; there are {', '.join(known)}")
    for name in names or known:
        click.echo(f"{name} ...")
        record(f"{STUDY}_mapped", building.mapped(known[name]), tools=tools(simulated=False))


@cli.command()
@click.option(
    "--modules", type=click.IntRange(1), default=MODULES, show_default=True, help="With each kind of weights."
)
def agree(modules: int) -> None:
    """Emulators, C simulation and Verilog on the same modules, to the bit, under every weight set."""
    record(f"{STUDY}_agreement", building.agreements(modules, click.echo), tools=tools(simulated=True))


@cli.command("reload")
def reload_in_stream() -> None:
    """Weight sets loaded into the Verilog while modules stream through it."""
    record(f"{STUDY}_agreement", reloading.measure(), tools=tools(simulated=True))


@cli.command("draw")
def draw_only() -> None:
    """Only the figures and the tables, from the results that are there."""
    _draw()


def _draw() -> None:
    pictures.draw()
    page.write()


if __name__ == "__main__":
    try:
        cli(prog_name="benchmarks/econ.py")
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
