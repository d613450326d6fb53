"""``trigforge init``: a model folder for a model of one's own."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_events
from trigforge.cli.output import watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.column_guess import Guess
    from trigforge.flow.given import Given


@click.command()
@click.argument("model", metavar="FILE")
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your events (.root, .h5, .parquet, .npz, .npy), which every command then finds.",
)
@click.option("--name", help="The name of the model. Default: that of the file.")
@click.option("--labels", metavar="COLUMN", help="The column with the class, or the target, of each event.")
@click.option(
    "--float-twin",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The network in floating point: reports tell both on the labelled events.",
)
@click.option("--recipe", is_flag=True, help="Write a recipe.py to begin with, for trigforge train; needs --labels.")
@click.option("--yes", is_flag=True, help="Ask nothing; take guesses where one choice stands out.")
@reported
@of_events
def init(
    model: str,
    events: Path | None,
    name: str | None,
    labels: str | None,
    float_twin: Path | None,
    recipe: bool,
    yes: bool,
    given: "Given",
) -> None:
    """Make a folder models/NAME for a trained model in FILE, so that every command knows its events and its design.

    \b
    trigforge init tagger.keras --events jets.root
    trigforge init tagger.onnx --events jets.root --branches x=jet_pt,jet_eta,jet_phi --scale x=0.01,1,1
    trigforge init tagger.keras --events jets.root --labels flavour --recipe
    trigforge synth tagger

    Reads the model, compares it with its framework, looks at the columns of the events, and proposes which become which
    input; on a terminal it asks. The folder holds the model, a model.toml with the events and their units, and a
    design.toml with every key as a comment. Nothing is written where something is refused.
    """
    from trigforge.flow.starting import start

    asking = None if yes or not sys.stdin.isatty() else _ask
    with watching() as observer:
        made = start(
            model,
            events,
            observer,
            name=name,
            labels=labels,
            float_twin=float_twin,
            recipe=recipe,
            given=given,
            ask=asking,
        )
    for tensor, guess in made.columns.items():
        click.echo(f"input {tensor}: {', '.join(guess.columns)} ({guess.why})")
    for path in made.files:
        click.echo(f"  {path}")
    click.echo(f"\nnext: trigforge doctor {made.folder.name}, trigforge synth {made.folder.name}")


def _ask(name: str, shape: tuple[int, ...], columns: Sequence[str], guess: "Guess | None") -> tuple[str, ...]:
    click.echo(f"\ncolumns that fit the input {name} ({' x '.join(map(str, shape))}): {', '.join(columns)}", err=True)
    answer = click.prompt(
        f"columns of {name}, in order", default=",".join(guess.columns) if guess else None, err=True, type=str
    )
    return tuple(part.strip() for part in str(answer).split(",") if part.strip())
