"""``trigforge weights``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_model, registers
from trigforge.cli.output import watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.group()
def weights() -> None:
    """Images of the weights that a core takes at run time.

    \b
    trigforge weights pack encoder encoder.tfw                            the model's own weights
    trigforge weights pack encoder other.tfw --checkpoint other.keras     those of another training
    trigforge weights pack encoder other.tfw --registers other.npz        others, quantized as the firmware sees them
    trigforge weights inspect other.tfw encoder                           what is in it

    An image is what a board writes, word by word, to the register file of docs/registers.md. It holds the identity of
    the model and a checksum; the firmware refuses an image that is damaged or of another model, and so do these
    commands. trigforge emulate and others take it with --registers.
    """


@weights.command()
@click.argument("model", metavar="MODEL|FILE")
@click.argument("image", metavar="IMAGE", type=click.Path(path_type=Path, dir_okay=False))
@registers
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Another training of the same layers and types, whose weights are packed for MODEL's firmware.",
)
@reported
@of_model
def pack(model: str, image: Path, registers: Path | None, checkpoint: Path | None, given: "Given") -> None:
    """Pack weights of MODEL into IMAGE (.tfw): its own, those of another training, or those of --registers, an array
    (1, *shape) each."""
    from trigforge.flow.weights import pack as pack_image

    made = pack_image(model, registers, image, watching(), checkpoint=checkpoint, given=given)
    click.echo(f"{image}: {made.words:,} words, model {made.identity:08x}, checksum {made.checksum:08x}")


@weights.command()
@click.argument("image", metavar="IMAGE", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("model", metavar="[MODEL|FILE]", required=False)
@reported
@of_model
def inspect(image: Path, model: str | None, given: "Given") -> None:
    """Tell what IMAGE holds; with MODEL its values too. Exit code 1 for an image that is damaged or not of MODEL."""
    from trigforge.flow.weights import inspect as look_at

    found = look_at(image, model, given=given)
    click.echo(f"{image}: {found.words:,} words, model {found.identity:08x}, checksum {found.checksum:08x}")
    width = max([8, *(len(register.name) for register in found.registers)])
    if found.registers:
        click.echo(f"{'register':{width}}  {'shape':>12}  {'zeros':>7}  {'least':>12}  {'greatest':>12}")
    for register in found.registers:
        shape = " x ".join(map(str, register.shape)) or "1"
        click.echo(
            f"{register.name:{width}}  {shape:>12}  {register.zeros:>7,}  {register.least:>12g}  "
            f"{register.greatest:>12g}"
        )
