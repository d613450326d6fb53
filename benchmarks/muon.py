"""The muon trackers beside the straight-line fit: resolution, robustness, front, size, and agreement of all simulators.

Without a command: measure all networks on 100,000 muons in each of the conditions, then draw. Networks are read by our
frontends and run by the native emulator; no training framework computes an answer. Writes ``results/muon*.jsonl``, the
figures and the tables of ``docs/results/muon.md``. The networks, and what is required of them, stand in ``muon.toml``;
the published one is measured where ``../shared`` is present.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # datasets and benchmarks are packages of the workspace

from benchmarks.harness import Measurement, record
from benchmarks.muon_study import page, pictures, quality
from benchmarks.muon_study.answers import inputs_of
from benchmarks.study import commands
from benchmarks.study.networks import definition, ebops_of, graph_of, networks
from datasets.muon import DEFAULT, simulate

STUDY = "muon"

_draw = partial(commands.draw, STUDY, pictures.draw, page.write)
cli = commands.group(STUDY, "Muon trackers and fits on simulated muons. Without a command: measure, then draw.", _draw)


@cli.command()
@click.option("--muons", type=click.IntRange(1), default=quality.MUONS, show_default=True, help="In each condition.")
def measure(muons: int = quality.MUONS) -> None:
    """Resolution and efficiency of every network and both fits; EBOPs."""
    found = networks(definition(STUDY))
    counted = [Measurement("all: muons", muons, "muons")]
    for network in found:
        if (ebops := ebops_of(network)) is not None:
            counted.append(Measurement(f"{network.key}: EBOPs", ebops, "EBOPs"))
    record(STUDY, counted + quality.measure(found, muons, lambda text: click.echo(f"{text} ...")))
    _draw()


@cli.command()
@click.argument("names", nargs=-1)
@click.option("--muons", type=click.IntRange(1), default=quality.MUONS, show_default=True)
def agree(names: tuple[str, ...], muons: int) -> None:
    """Emulator, C simulation and RTL on the same muons, to the bit; NAMES as for map, by default the shipped ones."""
    hits = simulate(muons, (quality.SEED, quality.AGREE_SEED), conditions=DEFAULT).hits
    commands.agree(STUDY, names, lambda network: inputs_of(graph_of(network), hits))
    _draw()


if __name__ == "__main__":
    commands.run(cli, STUDY)
