"""A model folder for a model of one's own: ``model.toml``, ``design.toml``, the checkpoint, and where events stand."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from trigforge.design import layers_of, multiplies
from trigforge.design.reference import template
from trigforge.errors import EventsError, ModelFileError
from trigforge.events import EventsBinding, FileColumn, list_columns, open_events
from trigforge.files import hand_written, save_output
from trigforge.flow.column_guess import Guess, fitting, guess_columns
from trigforge.flow.event_files import columns_of
from trigforge.flow.float_twin import check_twin
from trigforge.flow.given import Given
from trigforge.flow.labels import LabelSource
from trigforge.flow.observer import Observer
from trigforge.flow.preparing import read_told
from trigforge.flow.range_check import EVENTS, outside
from trigforge.flow.recipe_skeleton import skeleton
from trigforge.flow.route_result import not_writable
from trigforge.flow.workspace import ModelSource, resolve, root, types_beside
from trigforge.frontends import files_of
from trigforge.graph import FixedPointGraph, HostUnits, encode_events
from trigforge.toml_tables import quoted, spelt_key

Ask = Callable[[str, tuple[int, ...], Sequence[str], Guess | None], tuple[str, ...]]
"""asks a user for the columns of an input: its name, its shape, the columns that fit, and a guess"""
_SHOWN = 12
_BY_OPTION, _BY_ANSWER = "as given", "as answered"


@dataclass(frozen=True)
class Started:
    """A model folder that was made: the graph, the columns of each input with the reason for each choice, the files."""

    folder: Path
    graph: FixedPointGraph
    columns: Mapping[str, Guess]
    files: tuple[Path, ...]


def start(
    model: str,
    events: Path | None,
    observer: Observer,
    *,
    name: str | None = None,
    labels: str | None = None,
    float_twin: Path | None = None,
    recipe: bool = False,
    given: Given | None = None,
    ask: Ask | None = None,
) -> Started:
    """Make ``models/NAME`` for a model file, in the workspace that is here or in this folder.

    The model is read and compared with its framework first. Columns of inputs are ``given``, else guessed where one
    choice stands out, else ``ask``ed for. ``labels`` is the column of the labels, ``float_twin`` the file of the
    network in floating point; ``recipe`` writes a training to begin with. Both need labels. Raises ``EventsError``,
    which lists the columns, where nobody can be asked, and ``ModelFileError`` for a model that has a folder already;
    nothing is written then.
    """
    given = given or Given()
    if float_twin is not None:
        check_twin(float_twin)
    if labels is None and (recipe or float_twin is not None):
        raise EventsError("a recipe and a float twin need labels; name their column with --labels")
    if labels is not None and events is None:
        raise EventsError(f"labels {labels!r} are a column of a file of events; give it with --events")
    source = resolve(model, given)
    if source.folder is not None:
        raise ModelFileError(f"{model} has a folder already, {source.folder}; edit its model.toml")
    name = name or source.name or source.checkpoint.stem
    folder = root() / "models" / name
    if folder.exists():
        raise ModelFileError(f"{folder} exists; give another name with --name, or remove it")
    if not name.isidentifier() or not name.isascii():
        raise ModelFileError(f"{name!r} is no name of a model: it becomes an identifier of C; give another with --name")
    found = list_columns(events, given.tree) if events is not None else ()
    graph = read_told(source, observer)
    bound = _bound(graph, events, found, given, ask) if events is not None else {}
    if events is not None:
        _look_at(graph, events, given, bound, observer)
    texts = {
        "model.toml": _description(name, source, graph, events, given, bound, folder) + _labels(labels, float_twin),
        "design.toml": template(_layers(graph), [tensor.name for tensor in graph.inputs]),
    }
    if events is not None and labels is not None:
        values = LabelSource(labels).read(events, given.tree, None).values
        if recipe:
            columns = {tensor: guess.columns for tensor, guess in bound.items()}
            place = relpath(events, folder)
            texts["recipe.py"] = skeleton(name, graph, place, given.tree, columns, given.units, labels, values)
    return Started(folder, graph, bound, _written(folder, source, float_twin, texts))


def _bound(
    graph: FixedPointGraph, events: Path, found: Sequence[FileColumn], given: Given, ask: Ask | None
) -> dict[str, Guess]:
    shapes = columns_of(graph)
    guesses = guess_columns({name: shape for name, shape in shapes.items() if name not in given.branches}, found)
    bound = {name: Guess(columns, _BY_OPTION) for name, columns in given.branches.items()}
    missing: list[str] = []
    for name, shape in shapes.items():
        fit = [column.name for column in fitting(shape, found)]
        if name in bound:
            continue
        if ask is not None and not (name in guesses and guesses[name].columns == (name,)):
            bound[name] = Guess(ask(name, shape, fit, guesses.get(name)), _BY_ANSWER)
        elif name in guesses:
            bound[name] = guesses[name]
        else:
            more = f" and {len(fit) - _SHOWN} more" if len(fit) > _SHOWN else ""
            missing.append(
                f"input {name!r} of shape {list(shape)}: no columns of {events} stand out; name them in order with "
                f"--branches {name}=A,B,...; those that fit are {', '.join(fit[:_SHOWN]) or 'none'}{more}"
            )
    if missing:
        raise EventsError(*missing)
    return bound


def _look_at(
    graph: FixedPointGraph, events: Path, given: Given, bound: Mapping[str, Guess], observer: Observer
) -> None:
    """Read the first events, so that columns that do not fit are refused now, and tell what lies outside."""
    binding = EventsBinding(given.tree, {name: guess.columns for name, guess in bound.items()})
    with open_events(events, columns_of(graph), binding) as file:
        first = file.read(0, min(file.events, EVENTS))
    encode_events(graph, first)
    for line in outside(graph, first):
        observer.note(line)


def _layers(graph: FixedPointGraph) -> list[str]:
    """The layers of which a design may make exceptions."""
    return [name for name, nodes in layers_of(graph).items() if any(multiplies(node) for node in nodes)]


def _description(
    name: str,
    source: ModelSource,
    graph: FixedPointGraph,
    events: Path | None,
    given: Given,
    bound: Mapping[str, Guess],
    folder: Path,
) -> str:
    """The text of ``model.toml``."""
    lines = [
        f'name = "{name}"  # an identifier of C: it names the namespace of everything generated',
        "version = 1  # raise it when an output bit changes",
        f"checkpoint = {quoted(source.checkpoint.name)}",
        'design = "design.toml"  # how it is built, and its budget',
    ]
    if types_beside(source).is_file():
        lines.append('types = "types.toml"  # of trigforge quantize')
    if events is not None:
        lines += ["", "[events]  # what trigforge synth verifies on", f"file = {quoted(relpath(events, folder))}"]
        lines += [f"tree = {quoted(given.tree)}"] if given.tree else []
    for tensor in graph.inputs:
        units = given.units.get(tensor.name, HostUnits())
        if tensor.name not in bound and units == HostUnits():
            continue
        lines += ["", f"[inputs.{spelt_key(tensor.name)}]  # {' x '.join(map(str, tensor.shape)) or 'one number'}"]
        if tensor.name in bound:
            guess = bound[tensor.name]
            lines.append(f"branches = [{', '.join(map(quoted, guess.columns))}]  # {guess.why}")
        if units.offset is None and units.scale is None:
            lines.append("# offset, scale: (value - offset) * scale is what the network was trained on")
        lines += [
            f"{key} = {value.to_float().tolist()}" for key, value in vars(units).items() if hasattr(value, "to_float")
        ]
    return "\n".join([*lines, ""])


def _labels(column: str | None, float_twin: Path | None) -> str:
    """The table ``[labels]`` of ``model.toml``."""
    if column is None:
        return ""
    lines = ["", "[labels]  # the report tells how well the network does on them", f"column = {quoted(column)}"]
    if float_twin is not None:
        lines.append(f"float_twin = {quoted(float_twin.name)}  # the network in floating point, told beside it")
    return "\n".join([*lines, '# classes = ["q", "g"]  # names of the numbers 0, 1, ...', ""])


def _written(folder: Path, source: ModelSource, float_twin: Path | None, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of the folder, which comes into being whole or not at all."""
    place = folder.with_name(f".new-{folder.name}")
    copies = {file: file.name for file in files_of(source.checkpoint)} | {types_beside(source): "types.toml"}
    if float_twin is not None:
        copies[float_twin] = float_twin.name
    try:
        place.mkdir(parents=True)
        for origin, name in copies.items():
            if origin.is_file():
                shutil.copyfile(origin, place / name)
        for name, text in texts.items():
            save_output(place / name, text)
        place.rename(folder)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise not_writable(f"model folder {folder}", error, "choose another place") from None
    return tuple(sorted(folder.iterdir()))


_EXAMPLE = (
    "models/jet_tagger/jet_tagger.keras",
    "models/jet_tagger/model.toml",
    "models/jet_tagger/design.toml",
    "datasets/jets/sample.root",
)
"""files of an example, each at its place in a workspace"""


def copy_example(folder: Path) -> tuple[Path, ...]:
    """The files of a workspace with one trained model and its events, copied into a new ``folder``.

    Raises ``ModelFileError`` where it exists, ``ProjectError`` where it cannot be written.
    """
    if folder.exists():
        raise ModelFileError(f"{folder} exists; give the name of a folder that does not")
    try:
        for part in _EXAMPLE:
            origin, place = hand_written(part), folder / part
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, place)
    except OSError as error:
        raise not_writable(f"folder {folder}", error, "choose another place") from None
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
