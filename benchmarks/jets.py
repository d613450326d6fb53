"""The jet taggers on sets beside each other and what is published: accuracy, size, latency, agreement of simulators.

Without a command: measure all networks on the test jets (``make data``), then draw. Networks are read by our frontends
and run by the native emulator; no training framework computes an answer. Writes ``results/jets*.jsonl``, the figures
and the tables of ``docs/results/jets.md``. The networks, what is published and what is required stand in ``jets.toml``.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.harness import record
from benchmarks.jet_study import page, pictures, quality
from benchmarks.study import commands
from benchmarks.study.networks import definition, networks

STUDY = "jets"

_draw = partial(commands.draw, STUDY, pictures.draw, page.write)
cli = commands.group(STUDY, "Jet taggers on sets. Without a command: measure, then draw.", _draw)


@cli.command()
def measure() -> None:
    """Accuracy and areas under the curve of every network, float and quantized; EBOPs."""
    record(STUDY, quality.measure(networks(definition(STUDY)), lambda text: click.echo(f"{text} ...")))
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
def agree(names: tuple[str, ...]) -> None:
    """Emulator, C simulation and RTL on the 10,000 jets of `sample.root`, to the bit; NAMES as for map."""
    commands.agree(STUDY, names, quality.sample_of)
    _draw()


if __name__ == "__main__":
    commands.run(cli, STUDY)
