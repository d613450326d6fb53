"""Options that several commands share."""

from collections.abc import Callable, Sequence
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from trigforge.errors import EventsError

P = ParamSpec("P")
R = TypeVar("R")

redundancy = click.option(
    "--redundancy",
    type=click.Choice(["none", "triplicated"]),
    help="In the place of the design file's [rtl] redundancy, to compare both.",
)

model_design = click.option(
    "--design", type=click.Path(path_type=Path, dir_okay=False), help="Design file (TOML). Default: the model folder's."
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

only = click.option(
    "--only",
    type=click.Choice(["rtl", "hls"]),
    help="Build and verify the Verilog (rtl) or the HLS C++ (hls) alone; the report says so.",
)

fresh = click.option(
    "--fresh",
    is_flag=True,
    help="Take nothing that earlier runs have kept: read, generate, compile, simulate, map again. Adder graphs stay, "
    "which are proved whenever they are read.",
)


_allow_inexact = click.option(
    "--allow-inexact",
    is_flag=True,
    help="Accept scales of ONNX and torch models that have no exact form, as approximations with a proven bound. The "
    "report names them first.",
)
_offset = click.option(
    "--offset",
    multiple=True,
    metavar="INPUT=A,B,...",
    help="What is subtracted from the values of an input before the scale multiplies, one number or one a column: "
    "mean_ of a StandardScaler. Default: the model folder's, else 0.",
)
_scale = click.option(
    "--scale",
    multiple=True,
    metavar="INPUT=A,B,...",
    help="Factors from the units of your events to those that the model was trained on, one number or one a column: "
    "1/scale_ of a StandardScaler. Default: the model folder's, else 1.",
)
_tree = click.option("--tree", help="The tree of ROOT files. Default: the model folder's, else the only one.")
_branches = click.option(
    "--branches",
    multiple=True,
    metavar="INPUT=A,B,...",
    help="The columns of an input of the model, in order. Default: the model folder's, else one called like the input.",
)


def of_model(command: Callable[..., R]) -> Callable[..., R]:
    """Adds the options that change what is read; the command takes them together, as ``given`` (``flow.given``)."""
    return _offset(_scale(_allow_inexact(_together(command))))


def of_events(command: Callable[..., R]) -> Callable[..., R]:
    """As ``of_model``, and those that say where events stand in a file."""
    return _tree(_branches(of_model(command)))


def _together(command: Callable[..., R]) -> Callable[..., R]:
    @wraps(command)
    def wrapper(
        *args: Any,
        allow_inexact: bool,
        scale: tuple[str, ...],
        offset: tuple[str, ...],
        tree: str | None = None,
        branches: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> R:
        _check(kwargs.get("events"))
        from trigforge.fixed import FixedArray
        from trigforge.flow.given import Given
        from trigforge.graph import HostUnits

        scales = {name: FixedArray.from_float(numbers) for name, numbers in _numbers("--scale", scale).items()}
        offsets = {name: FixedArray.from_float(numbers) for name, numbers in _numbers("--offset", offset).items()}
        units = {
            name: HostUnits(scale=scales.get(name), offset=offsets.get(name))
            for name in dict.fromkeys([*scales, *offsets])
        }
        columns = dict(_named("--branches", text, "constituents=pt,eta,phi") for text in branches)
        return command(*args, given=Given(tree, columns, units, allow_inexact), **kwargs)

    return wrapper


def _check(events: object) -> None:
    """``EventsError`` for a file that is missing, before anything large is imported; patterns of names come later."""
    if isinstance(events, Path):
        from trigforge.events import check_readable

        check_readable(events)


def _named(option: str, text: str, example: str) -> tuple[str, tuple[str, ...]]:
    """``INPUT=A,B`` as the input's name and the words behind it."""
    name, equals, listed = text.partition("=")
    words = tuple(word.strip() for word in listed.split(","))
    if not (name.strip() and equals and all(words)):
        raise EventsError(f"{option} {text!r} is not understood; write INPUT=A,B,..., as in {example}")
    return name.strip(), words


def _numbers(option: str, texts: Sequence[str]) -> dict[str, float | list[float]]:
    """The numbers of each input: one, or a list."""
    found: dict[str, float | list[float]] = {}
    for text in texts:
        name, words = _named(option, text, "constituents=0.0625,4,4")
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        allowed = bool(numbers) and all(map(isfinite, numbers)) and (option != "--scale" or min(numbers) > 0)
        if not allowed:
            kind = "finite numbers above 0" if option == "--scale" else "finite numbers"
            raise EventsError(f"{option} {text!r} holds other than {kind}; write it as in constituents=0.0625,4,4")
        found[name] = numbers[0] if len(numbers) == 1 else numbers
    return found
