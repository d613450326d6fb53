"""The file form of a graph: versioned JSON, and its arrays in an npz of the same name beside it."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from trigforge.errors import GraphError, GraphFormatError, ProjectError
from trigforge.files import replacing
from trigforge.fixed import FixedArray, FixedTypes, Integers
from trigforge.foreign_files import check_size, reading, reason, unpacked_size
from trigforge.graph.codec import Plain, from_plain, to_plain
from trigforge.graph.graph import FixedPointGraph

FORMAT = "trigforge graph"
FORMAT_VERSION = 2
"""counts up when a file of the version before reads otherwise now, or the reverse"""

Arrays = dict[str, npt.NDArray[np.int64]]


def save_graph(graph: FixedPointGraph, path: str | Path) -> None:
    """Write ``path`` (JSON) and, beside it, the same name with the suffix ``.npz``, from which ``load_graph`` reads an
    equal graph.

    Each of the two is replaced at once or left alone. Raises ``GraphError`` for a graph that contradicts itself and
    ``ProjectError`` where nothing can be written.
    """
    path = Path(path)
    arrays: Arrays = {}
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "digest": graph.digest,
        "graph": _without_arrays(to_plain(graph), arrays),
    }
    text = json.dumps(content, indent=1) + "\n"
    try:
        with replacing(path) as json_place, replacing(_npz_path(path)) as npz_place:
            json_place.write_text(text, encoding="utf-8")
            with npz_place.open("wb") as file:
                np.savez_compressed(file, **cast(dict[str, Any], arrays))
    except OSError as error:
        raise ProjectError(f"graph file {path}: {error.strerror}; choose a folder that can be written") from None


def load_graph(path: str | Path) -> FixedPointGraph:
    """The graph that ``save_graph`` wrote.

    Raises ``GraphFormatError`` for a file that is missing, truncated, of another kind or of a newer version, and where
    JSON and npz do not belong together (the digest is checked).
    """
    path = Path(path)
    content = _read_json(path)
    if content.get("format") != FORMAT:
        raise GraphFormatError(f"graph file {path} is not a trigforge graph; give the graph.json of a build")
    version = content.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise GraphFormatError(f"graph file {path}: format_version {version!r} is no version; write the file again")
    if version != FORMAT_VERSION:
        remedy = "update trigforge" if version > FORMAT_VERSION else "build it again from its model"
        raise GraphFormatError(
            f"graph file {path} is of format {version}, this trigforge reads {FORMAT_VERSION}; {remedy}"
        )
    arrays = _read_npz(_npz_path(path))
    with reading(lambda error: GraphFormatError(f"graph file {path}: {reason(error)}")):
        try:
            graph = from_plain(FixedPointGraph, _with_arrays(content.get("graph"), arrays))
            found = graph.digest
        except (GraphFormatError, GraphError) as error:
            raise GraphFormatError(f"graph file {path}: {error}; save the graph again") from None
    if found != content.get("digest"):
        raise GraphFormatError(
            f"graph file {path}: the digest of its content is {found[:12]}, but it says "
            f"{str(content.get('digest'))[:12]}; one of graph and {_npz_path(path).name} was changed, write both again"
        )
    return graph


def _npz_path(path: Path) -> Path:
    return path.with_suffix(".npz")


def _without_arrays(data: Plain, arrays: Arrays) -> object:
    match data:
        case dict():
            return {key: _without_arrays(item, arrays) for key, item in data.items()}
        case list():
            return [_without_arrays(item, arrays) for item in data]
        case Integers():
            return {"integers": _stored(data, arrays)}
        case FixedArray(mantissa, lsb):
            return {"fixed": _stored(mantissa, arrays), "lsb": lsb}
        case FixedTypes(signed, width, integer_bits):
            return {"types": [_stored(part, arrays) for part in (signed, width, integer_bits)]}
        case _:
            return data


def _stored(integers: Integers, arrays: Arrays) -> object:
    """The name of the array in the npz; beyond int64, shape and decimals for the JSON."""
    values = integers.values
    if values.dtype == object:
        return {"shape": list(values.shape), "decimals": [str(n) for n in values.reshape(-1).tolist()]}
    name = f"array_{len(arrays)}"
    arrays[name] = values
    return name


def _with_arrays(data: object, arrays: Arrays) -> object:
    if isinstance(data, list):
        return [_with_arrays(item, arrays) for item in cast(list[object], data)]
    if not isinstance(data, dict):
        return data
    table = cast(dict[str, object], data)
    match sorted(table):
        case ["integers"]:
            return _restored(table["integers"], arrays)
        case ["fixed", "lsb"]:
            return FixedArray(_restored(table["fixed"], arrays), from_plain(int, table["lsb"]))
        case ["types"]:
            parts = [_restored(part, arrays) for part in _list(table["types"])]
            if len(parts) != 3:
                raise GraphFormatError(f"expected the arrays of signed, width and integer_bits, found {len(parts)}")
            return FixedTypes(*parts)
        case _:
            return {key: _with_arrays(item, arrays) for key, item in table.items()}


def _restored(stored: object, arrays: Arrays) -> Integers:
    if isinstance(stored, dict):
        table = cast(dict[str, object], stored)
        numbers = np.array([int(str(n)) for n in _list(table.get("decimals"))], dtype=object)
        return Integers(numbers.reshape([from_plain(int, n) for n in _list(table.get("shape"))]))
    if not isinstance(stored, str) or stored not in arrays:
        raise GraphFormatError(f"array {stored!r} is not in the npz; copy both files together")
    return Integers(arrays[stored])


def _list(data: object) -> list[object]:
    if not isinstance(data, list):
        raise GraphFormatError(f"expected a list, found {data!r}")
    return cast(list[object], data)


def _read_json(path: Path) -> dict[str, object]:
    content = _read(path, lambda: json.loads(path.read_text(encoding="utf-8")))
    if not isinstance(content, dict):
        raise GraphFormatError(f"graph file {path} is not a trigforge graph; give the graph.json of a build")
    return cast(dict[str, object], content)


def _read_npz(path: Path) -> Arrays:
    def members() -> Arrays:
        with zipfile.ZipFile(path) as archive:
            check_size(unpacked_size(archive))
        with open(path, "rb") as file:
            npz: Any = np.load(file, allow_pickle=False)
            return {name: np.asarray(npz[name]) for name in npz.files}

    arrays = _read(path, members)
    for name, array in arrays.items():
        if array.dtype != np.int64:
            raise GraphFormatError(f"graph file {path}: {name} holds {array.dtype}, not int64; write the file again")
    return arrays


def _read(path: Path, read: Callable[[], Any]) -> Any:
    with reading(lambda _: GraphFormatError(f"graph file {path} is truncated or damaged; write the graph again")):
        try:
            return read()
        except OSError as error:
            raise GraphFormatError(f"graph file {path}: {error.strerror or error}; give the path of a graph") from None
