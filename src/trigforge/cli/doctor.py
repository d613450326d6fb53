"""``trigforge doctor``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_events
from trigforge.cli.output import as_json, tell, watching
from trigforge.cli.reporting import EXIT_ERROR, EXIT_TOOL_MISSING, reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given

_EPILOG = (
    "Exit codes: 0 the model can be built here (warnings change nothing); 1 a layer is refused, or an error; 2 a wrong "
    "command line; 4 a tool is missing that trigforge synth needs."
)


@click.command(epilog=_EPILOG)
@click.argument("model", metavar="[MODEL|FILE]", required=False)
@click.option(
    "--design",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Design file (TOML) to predict for. Default: the model folder's.",
)
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Events to look for overflows on (.root, .h5, .npz, .npy). Default: those the model folder names.",
)
@as_json
@reported
@of_events
def doctor(model: str | None, design: Path | None, events: Path | None, as_json: bool, given: "Given") -> None:
    """The tools that are here, the layers that MODEL becomes, and its cost, before anything is built.

    \b
    trigforge doctor                    tools, packages, where they are, what each enables
    trigforge doctor jet_tagger         the model as well: each layer, warnings, LUTs and minutes
    trigforge doctor my_model.keras --json

    Of a model that cannot be exact it names every refused layer, why, and what to do. A warning is about what is legal
    and will be regretted: operands of 16 bits, large tables, quantizers that always saturate, designs that do not fit.
    LUTs, minutes and memory are predicted, with an interval; docs/doctor.md says how well. Nothing is built.
    """
    from trigforge.diagnosis import to_json
    from trigforge.diagnosis.terminal import render
    from trigforge.flow.doctoring import diagnose
    from trigforge.flow.observer import Silent

    if as_json:
        found = diagnose(model, design, events, Silent(), given=given)
        click.echo(to_json(found), nl=False)
    else:
        with watching() as observer:
            found = diagnose(model, design, events, observer, given=given)
        tell(render(found))
    if found.model is not None and found.model.refused:
        sys.exit(EXIT_ERROR)
    if found.environment.lacking:
        sys.exit(EXIT_TOOL_MISSING)
