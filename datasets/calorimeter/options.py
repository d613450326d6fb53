"""Options that several commands share: the conditions of a simulation, and how a file is read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from datasets.calorimeter.generator import DEFAULT, PARAMETRISED, PYTHIA, Conditions

_OF_CONDITIONS = (
    click.option(
        "--pileup",
        type=click.IntRange(0),
        multiple=True,
        default=DEFAULT.pileup,
        show_default=True,
        help="Mean number of collisions a crossing; again for more, in equal parts.",
    ),
    click.option(
        "--layer", "layers", type=click.IntRange(1), multiple=True, help="Keep this one; again for more. Default: all."
    ),
    click.option(
        "--electromagnetic",
        type=click.IntRange(0),
        default=DEFAULT.signal.electromagnetic,
        show_default=True,
        help="Electrons and photons a crossing, beside pile-up.",
    ),
    click.option(
        "--hadrons",
        type=click.IntRange(0),
        default=DEFAULT.signal.hadrons,
        show_default=True,
        help="Charged pions a crossing, beside pile-up.",
    ),
    click.option(
        "--minimum-bias",
        type=click.Choice([PARAMETRISED, PYTHIA]),
        default=DEFAULT.minimum_bias,
        show_default=True,
        help="Where pile-up comes from; pythia needs the extra [generate].",
    ),
    click.option("--noise", type=float, default=DEFAULT.noise_mip, show_default=True, help="Of a trigger cell, MIPs."),
    click.option(
        "--threshold", type=float, default=DEFAULT.threshold_mip, show_default=True, help="Of a trigger cell, MIPs."
    ),
    click.option(
        "--share", type=float, default=DEFAULT.share, show_default=True, help="Of modules that is kept, at random."
    ),
)

_OF_READING = (
    click.argument("path", type=click.Path(path_type=Path)),
    click.option("--limit", type=click.IntRange(1), help="Read so many modules."),
    click.option(
        "--order",
        type=click.Choice(["cells", "image"]),
        default="cells",
        show_default=True,
        help="How CSV and ntuple files number the charges: by cell, or row by row of the 8 x 8 image.",
    ),
    click.option(
        "--no-header", is_flag=True, help="CSV without a line of names: its first 48 columns are the charges."
    ),
)


def condition_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of which `chosen_conditions` makes conditions."""
    return _with(_OF_CONDITIONS, command)


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the argument `path` and the options `limit`, `order`, `no_header` of `read_modules`."""
    return _with(_OF_READING, command)


def chosen_conditions(options: dict[str, Any]) -> Conditions:
    """The conditions that the options of `condition_options` say."""
    return Conditions(
        pileup=tuple(options["pileup"]),
        signal=replace(DEFAULT.signal, electromagnetic=options["electromagnetic"], hadrons=options["hadrons"]),
        minimum_bias=options["minimum_bias"],
        noise_mip=options["noise"],
        threshold_mip=options["threshold"],
        layers=tuple(options["layers"]),
        share=options["share"],
    )


def _with(options: tuple[Any, ...], command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(options):
        command = option(command)
    return command
