"""The jet taggers on sets beside each other and what is published: accuracy, size, latency, agreement of simulators.

Without a command: measure all networks on the test jets (``make data``), then draw. Networks are read by our frontends
and run by the native emulator; no training framework computes an answer. Writes ``results/jets*.jsonl``, the figures
and the tables of ``docs/results/jets.md``. The networks, what is published and what is required stand in ``jets.toml``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.harness import record
from benchmarks.jet_study import page, pictures, quality
from benchmarks.study import commands
from benchmarks.study.networks import Network, definition, networks
from trigforge.errors import TrigforgeError

STUDY = "jets"


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Jet taggers on sets. Without a command: measure, then draw."""
    if context.invoked_subcommand is None:
        context.invoke(measure)


@cli.command()
def measure() -> None:
    """Accuracy and areas under the curve of every network, float and quantized; EBOPs."""
    record(STUDY, quality.measure(networks(definition(STUDY)), lambda text: click.echo(f"{text} ...")))
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def agree(names: tuple[str, ...]) -> None:
    """Emulator, C simulation and RTL on the 10,000 jets of `sample.root`, to the bit; NAMES as for map."""

    def inputs(network: Network) -> dict[str, quality.Mantissas]:
        return quality.inputs_of(network, quality.jets_of(network, "sample")[0])

    commands.agree(STUDY, names, inputs)
    _draw()


def _draw() -> None:
    commands.draw(STUDY, pictures.draw, page.write)


commands.add_shared(cli, STUDY, _draw)

if __name__ == "__main__":
    try:
        cli(prog_name="benchmarks/jets.py")
    except TrigforgeError as error:
        sys.exit(f"error: {error}")
