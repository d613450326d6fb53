"""Transformers beside each other and what is published: flavour of jets from tracks, jets from constituents.

Without a command: measure all networks on the test jets (``trigforge data flavour generate``, ``make data``), then
draw. Answers are those of the native emulator. Writes ``results/transformers*.jsonl``, the figures and the tables of
``docs/results/transformers.md``. Networks, published figures and requirements stand in ``transformers.toml``.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.harness import record
from benchmarks.jet_study.quality import sample_of
from benchmarks.study import commands
from benchmarks.study.building import tools
from benchmarks.study.networks import Kind, definition, networks
from benchmarks.transformer_study import page, pictures, quality, reusing, within

STUDY = "transformers"

_draw = partial(commands.draw, STUDY, pictures.draw, page.write)
cli = commands.group(STUDY, "Transformers. Without a command: measure, then draw.", _draw)


@cli.command()
def measure() -> None:
    """Figures of merit of every network, float and quantized; EBOPs."""
    record(STUDY, quality.measure(networks(definition(STUDY)), lambda text: click.echo(f"{text} ...")))
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def agree(names: tuple[str, ...]) -> None:
    """Emulator, C simulation and RTL on the jets of the committed samples, to the bit; NAMES as for map."""
    commands.agree(STUDY, names, sample_of)
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def reuse(names: tuple[str, ...]) -> None:
    """Emulator and C simulation at reuse factors 1, 2 and 4, on the same jets."""
    for network in networks(definition(STUDY)):
        if network.name in (names or definition(STUDY)["reused"]):
            click.echo(f"{network.key} ...")
            record(f"{STUDY}_agreement", reusing.agreements(network, sample_of(network)), tools=tools(simulated=True))
    _draw()


@cli.command("within")
def bits_within() -> None:
    """Accuracy with more and fewer bits within softmax and layer normalization, nothing trained again."""
    chosen = [network for network in networks(definition(STUDY)) if network.kind is not Kind.RECIPE]
    record(f"{STUDY}_within", within.measure(chosen, lambda text: click.echo(f"{text} ...")))
    _draw()


if __name__ == "__main__":
    commands.run(cli, STUDY)
