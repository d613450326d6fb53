"""Options that several commands share."""

import click

allow_inexact = click.option(
    "--allow-inexact",
    is_flag=True,
    help="Accept scales of ONNX and torch models that have no exact form, as approximations with a proven bound. The "
    "report names them first.",
)
