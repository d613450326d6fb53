"""Transformers beside each other and what is published: flavour of jets from tracks, jets from constituents.

Without a command: measure all networks on the test jets (``trigforge data flavour generate``, ``make data``), then
draw. Answers are those of the native emulator. Writes ``results/transformers*.jsonl``, the figures and the tables of
``docs/results/transformers.md``. Networks, published figures and requirements stand in ``transformers.toml``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.harness import record
from benchmarks.jet_study.quality import Mantissas, inputs_of, jets_of
from benchmarks.study import commands
from benchmarks.study.building import tools
from benchmarks.study.networks import Network, definition, networks
from benchmarks.transformer_study import page, pictures, quality, reusing
from trigforge.errors import TrigforgeError

STUDY = "transformers"


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Transformers. Without a command: measure, then draw."""
    if context.invoked_subcommand is None:
        context.invoke(measure)


@cli.command()
def measure() -> None:
    """Figures of merit of every network, float and quantized; EBOPs."""
    record(STUDY, quality.measure(networks(definition(STUDY)), lambda text: click.echo(f"{text} ...")))
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def agree(names: tuple[str, ...]) -> None:
    """Emulator, C simulation and RTL on the jets of the committed samples, to the bit; NAMES as for map."""
    commands.agree(STUDY, names, _inputs)
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def reuse(names: tuple[str, ...]) -> None:
    """Emulator and C simulation at reuse factors 1, 2 and 4, on the same jets."""
    for network in networks(definition(STUDY)):
        if network.name in (names or definition(STUDY)["reused"]):
            click.echo(f"{network.key} ...")
            record(f"{STUDY}_agreement", reusing.agreements(network, _inputs(network)), tools=tools(simulated=True))
    _draw()


def _inputs(network: Network) -> dict[str, Mantissas]:
    return inputs_of(network, jets_of(network, "sample")[0])


def _draw() -> None:
    commands.draw(STUDY, pictures.draw, page.write)


commands.add_shared(cli, STUDY, _draw)

if __name__ == "__main__":
    try:
        cli(prog_name="benchmarks/transformers.py")
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
