"""The commands that all studies share: measure and draw without a command, map networks, draw; and agreement."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import click

from benchmarks.harness import record
from benchmarks.study import building
from benchmarks.study.networks import ROOT, Kind, Network, definition, networks
from benchmarks.study.results import Study, load
from trigforge.errors import TrigforgeError
from trigforge.graph import Mantissas


def group(study: str, text: str, drawn: Callable[[], None]) -> click.Group:
    """The commands ``map`` and ``draw`` of a study, ``text`` its help; ``drawn`` draws from the results that are there.

    Without a command it runs ``measure``, which the study adds.
    """

    @click.group(help=text, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
    @click.pass_context
    def cli(context: click.Context) -> None:
        if context.invoked_subcommand is None:
            context.invoke(cli.commands["measure"])

    @cli.command("map")
    @click.argument("names", nargs=-1)
    @click.option("--again", is_flag=True, help="Also what was mapped before.")
    def map_networks(names: tuple[str, ...], again: bool) -> None:
        """Map networks to look-up tables with Yosys; NAMES are files without their ending, by default all but recipes.

        A checkpoint that was mapped before is not mapped again.
        """
        _map(study, names, again)
        drawn()

    @cli.command("draw")
    def draw_only() -> None:
        """Only the figures and the tables, from the results that are there."""
        drawn()

    return cli


def run(cli: click.Group, study: str) -> None:
    """Run a study's commands; an error of ours is one line."""
    try:
        cli(prog_name=f"benchmarks/{study}.py")
    except TrigforgeError as error:
        sys.exit(f"error: {error}")


def _map(study: str, names: Sequence[str], again: bool) -> None:
    known = load(f"{study}_mapped")
    for network in _chosen(study, names):
        if known.find(network.key, "LUT, mapped") is not None and not again:
            click.echo(f"{network.key} is known")
            continue
        click.echo(f"{network.key} ...")
        found = building.mapped(network, ROOT / "build" / study)
        record(f"{study}_mapped", found, tools=building.tools(simulated=False))


def agree(study: str, names: Sequence[str], inputs: Callable[[Network], Mapping[str, Mantissas]]) -> None:
    """Compare networks, by default the shipped ones, in every simulator on the same events, and record each."""
    chosen = _chosen(study, names)
    for network in chosen if names else [n for n in chosen if n.kind is Kind.SHIPPED]:
        click.echo(f"{network.key} ...")
        events = definition(study)["events"]
        found = building.agreements(network, inputs(network), events, ROOT / "build" / study)
        record(f"{study}_agreement", found, tools=building.tools(simulated=True))


def draw(name: str, pictures: Callable[[Study], None], page: Callable[[Study], None]) -> None:
    """Pictures and tables of a study, from the results that are there."""
    study = Study.load(name)
    if not study.of(Kind.SHIPPED):
        click.echo(f"no checkpoint that is here was measured, so nothing is drawn; run benchmarks/{name}.py measure")
        return
    pictures(study)
    page(study)


def _chosen(study: str, names: Sequence[str]) -> list[Network]:
    """The networks of these names; without any, all but those of other recipes."""
    found = networks(definition(study))
    unknown = sorted({*names} - {network.name for network in found})
    if unknown:
        known = ", ".join(network.name for network in found)
        raise SystemExit(f"error: there is no network {unknown[0]!r}; there are {known}")
    return [n for n in found if n.name in names or (not names and n.kind is not Kind.RECIPE)]
