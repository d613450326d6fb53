"""``trigforge example``: a workspace that is ready to run."""

from pathlib import Path

import click

from trigforge.cli.reporting import reported


@click.command()
@click.argument(
    "folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path("trigforge_example")
)
@reported
def example(folder: Path) -> None:
    """Copy a workspace with a trained jet tagger and 10,000 simulated jets into DIR, to try every command on.

    \b
    trigforge example
    cd trigforge_example && trigforge synth jet_tagger

    The jets are simulated (Pythia 8 and a simple calorimeter), and no public sample. DIR must not exist yet.
    """
    from trigforge.flow.starting import copy_example

    for path in copy_example(folder):
        click.echo(f"  {path}")
    click.echo(f"\nnext: cd {folder}, then trigforge doctor jet_tagger, trigforge synth jet_tagger")
