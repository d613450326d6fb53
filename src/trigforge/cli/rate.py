"""``trigforge rate``: signal efficiency against background rate."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import engine, of_events, registers
from trigforge.cli.output import as_json, show, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


def _classes(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, ...]:
    """``2,3,4`` as numbers."""
    words = [] if text is None else [word.strip() for word in text.split(",")]
    if not all(word.removeprefix("-").isdecimal() for word in words):
        raise click.BadParameter(f"{text!r} should be numbers of classes, as in 2,3,4")
    return tuple(dict.fromkeys(int(word) for word in words))


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("signal", metavar="[SIGNAL]", required=False)
@click.argument("background", metavar="[BACKGROUND]", required=False)
@click.option(
    "--label", metavar="NAME", help="The column that tells the kinds apart in one file. Default: that of model.toml."
)
@click.option(
    "--signal-classes",
    callback=_classes,
    metavar="A,B,...",
    help="Values of the label that are signal. Default: the signal logits of [trigger].",
)
@click.option(
    "--background-classes",
    callback=_classes,
    metavar="A,B,...",
    help="Values that are background. Default: the background logits of [trigger]; with --signal-classes, all others.",
)
@click.option("--luminosity", type=float, metavar="L", help="In 1/(cm2 s). Default: model.toml's, else 7.5e34.")
@click.option(
    "--cross-section", type=float, metavar="PB", help="Of the background, per object, in pb. Default: model.toml's."
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/<model>/rate."
)
@registers
@engine
@as_json
@reported
@of_events
def rate(
    model: str,
    signal: str | None,
    background: str | None,
    label: str | None,
    signal_classes: tuple[int, ...],
    background_classes: tuple[int, ...],
    luminosity: float | None,
    cross_section: float | None,
    out: Path | None,
    registers: Path | None,
    engine: str,
    as_json: bool,
    given: "Given",
) -> None:
    """Signal efficiency of MODEL's trigger bit against the rate of its background, with intervals.

    \b
    trigforge rate jet_tagger_words                               the events and labels of the model folder
    trigforge rate my_tagger signal.root 'qcd_*.root' --cross-section 5.42
    trigforge rate my_tagger jets.root --label label --signal-classes 2,3,4 --cross-section 5.42

    MODEL is a folder whose model.toml has a table [trigger]: which logits are signal, and the threshold. Events run
    through the emulator, bit by bit as the firmware does. Files are as those of trigforge emulate, patterns in quotes;
    SIGNAL and BACKGROUND hold one kind each, or one file holds both and a column of labels tells them apart.

    The rate is luminosity x cross section x the share of the background that passes, in objects a second (an object is
    what the model judges, as one jet). Intervals are Clopper-Pearson's, of 68 %; a star marks rates that fewer than 10
    background events tell. Leaves rate.json and rate.svg in the output directory.
    """
    from trigforge.flow.engines import EngineChoice
    from trigforge.flow.rating import Asked, rate_files, save_curve
    from trigforge.menu import to_json
    from trigforge.menu.table import render

    if background is not None and (label or signal_classes or background_classes):
        raise click.UsageError("two files hold one kind each; leave out the labels, or give one file.")
    asked = Asked(
        engine=EngineChoice(engine),
        registers=registers,
        label=label,
        signal_classes=signal_classes,
        background_classes=background_classes,
        luminosity=luminosity,
        cross_section_pb=cross_section,
        given=given,
    )
    curve, folder = rate_files(model, signal, background, watching(), asked)
    show(as_json, lambda: to_json(curve), render(curve))
    save_curve(curve, out or folder)
    if not as_json:
        click.echo(f"\nall points: {(out or folder) / 'rate.json'}, picture: {(out or folder) / 'rate.svg'}")
