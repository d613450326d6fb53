"""``trigforge quantize``: types for a model in floating point, from a user's own events."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_events
from trigforge.cli.output import tell, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


class _Share(click.ParamType[float]):
    """A part of 1, as 0.5% or 0.005."""

    name = "PERCENT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See ``click.ParamType``."""
        text = str(value).strip()
        try:
            found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{text!r} is no number; write it as 0.5% or 0.005", param, ctx)
        if not 0 <= found <= 1:
            self.fail(f"{text!r} is not between 0 and 100%", param, ctx)
        return found


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your events (.root, .h5, .npz, .npy, .parquet). Default: those the model folder names.",
)
@click.option(
    "--labels",
    metavar="BRANCH,...",
    help="The number of the class of each event, columns of 0 and 1 for the classes, or targets of a regression.",
)
@click.option(
    "--loss", type=_Share(), default="0.5%", show_default=True, help="The part of the figure that may be lost."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first events.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file of types. Default: FILE's name with .types.toml, or types.toml in the model folder.",
)
@reported
@of_events
def quantize(
    model: str,
    events: Path | None,
    labels: str | None,
    loss: float,
    limit: int | None,
    out: Path | None,
    given: "Given",
) -> None:
    """Find fixed-point types for a MODEL in floating point, so that it can be built.

    \b
    trigforge quantize tagger.keras --events jets.root --labels jet_class
    trigforge quantize calibration.onnx --events jets.h5 --labels true_pt --loss 1%
    trigforge quantize autoencoder.keras --events minimum_bias.root
    trigforge synth tagger.keras

    For Keras 3 and ONNX models without quantizers, or with some; Keras 2 files where Keras 3 reads them. A third of the
    events gives the ranges of inputs, sums and results, a third judges types during the search, and a third, held
    out, the figures that are told. Bits are taken away where the output needs them least, until the loss is used up:
    of accuracy (labels are classes), of resolution (labels are targets), or without labels of the agreement with the
    float model. The file of types stands beside the model, where every command finds it; edit it, commit it.
    """
    from trigforge.flow.quantizing import quantize_files
    from trigforge.flow.quantizing_table import render

    columns = tuple(name.strip() for name in labels.split(",")) if labels else ()
    with watching() as observer:
        found, where = quantize_files(model, events, columns, out, observer, loss=loss, limit=limit, given=given)
    tell(render(found))
    click.echo(f"\ntypes: {where}")
