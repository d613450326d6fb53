"""Options that several commands share."""

from pathlib import Path

import click

from trigforge.errors import EventsError

allow_inexact = click.option(
    "--allow-inexact",
    is_flag=True,
    help="Accept scales of ONNX and torch models that have no exact form, as approximations with a proven bound. The "
    "report names them first.",
)

redundancy = click.option(
    "--redundancy",
    type=click.Choice(["none", "triplicated"]),
    help="In the place of the design file's [rtl] redundancy, to compare both.",
)

model_design = click.option(
    "--design", type=click.Path(path_type=Path, dir_okay=False), help="Design file (TOML). Default: the model folder's."
)

tree = click.option("--tree", help="The tree of ROOT files. Default: the model folder's, else the only one.")

branches = click.option(
    "--branches",
    multiple=True,
    metavar="INPUT=A,B,...",
    help="The columns of an input of the model, in order. Default: the model folder's, else one called like the input.",
)

registers = click.option(
    "--registers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Weights that are reloaded at run time (.npz, or a register image .tfw), for models that have such.",
)

engine = click.option(
    "--engine",
    type=click.Choice(["auto", "native", "reference"]),
    default="auto",
    show_default=True,
    help="native is compiled for this machine, reference is the slow definition; auto is native where a compiler is.",
)


def named_branches(given: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The columns of each input, from all ``--branches``."""
    return dict(_binding(text) for text in given)


def _binding(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, columns = text.partition("=")
    names = tuple(column.strip() for column in columns.split(","))
    if not (name and equals and all(names)):
        raise EventsError(
            f"--branches {text!r} names no branches; write INPUT=BRANCH,BRANCH,..., as in constituents=pt,eta,phi"
        )
    return name.strip(), names
