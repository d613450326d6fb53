"""Archives of ``torch.export.save`` (``.pt2``), opened without running anything that stands in them.

torch itself unpickles parts of an archive and looks up functions by the names in it. So a clean copy is made first, of
what is data: the graph, whose functions must be torch's own operators, and weights as plain bytes.
"""

import contextlib
import io
import json
import logging
import re
import zipfile
from pathlib import Path
from typing import Any, cast

from trigforge.errors import ModelFileError
from trigforge.foreign_files import check_size, reading, reason, unpacked_size
from trigforge.frameworks import quiet
from trigforge.frontends.brevitas.framework import package

_PROGRAM = re.compile(r"(?:[^/]+/)?models/model\.json")
_WEIGHTS = re.compile(r"(?:[^/]+/)?data/(weights|constants)/[\w.]+")
_CONFIGURATIONS = ("model_weights_config.json", "model_constants_config.json")
_PLAIN = ("archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id")
_OPERATOR = re.compile(r"torch\.ops\.(aten|prims|brevitas)\.\w+\.\w+|_operator\.(getitem|add|sub|mul|truediv|neg)")
_SYMBOL = re.compile(r"[su]\d{1,6}|Symbol\('[su]\d{1,6}'(, (positive|nonnegative|integer)=True)*\)")
_CODE = frozenset(("as_custom_obj", "as_operator", "as_graph", "as_string_to_argument"))
_KEPT = ("nn_module_stack",)


def open_archive(path: Path) -> Any:
    """The ``torch.export.ExportedProgram`` of a file; ``ModelFileError`` where it is damaged or would run code."""
    if not path.is_file():
        raise ModelFileError(f"model file {path} does not exist; give the path of a .pt2 file")
    torch = package("torch")
    where = f"model file {path}"
    with reading(
        lambda error: ModelFileError(f"{where} is no archive of torch.export.save ({reason(error)}); save it again")
    ):
        with zipfile.ZipFile(path) as archive:
            check_size(unpacked_size(archive))
            clean = _clean_copy(archive, where)
        with quiet(), _unlogged():
            return torch.export.load(clean)


@contextlib.contextmanager
def _unlogged() -> Any:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _clean_copy(archive: zipfile.ZipFile, where: str) -> io.BytesIO:
    """An archive with the members that are data alone; examples of inputs, which are pickled, are left empty."""
    programs = [name for name in archive.namelist() if _PROGRAM.fullmatch(name)]
    if len(programs) != 1:
        raise ModelFileError(f"{where} holds {len(programs)} programs named 'model'; save one by torch.export.save")
    root = programs[0].removesuffix("models/model.json")
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as clean:
        for name in archive.namelist():
            own = name.removeprefix(root)
            if own.endswith(_CONFIGURATIONS):
                clean.writestr(name, json.dumps(_checked_weights(json.loads(archive.read(name)), where)))
            elif own in _PLAIN or _WEIGHTS.fullmatch(name):
                clean.writestr(name, archive.read(name))
        clean.writestr(programs[0], json.dumps(_checked_program(json.loads(archive.read(programs[0])), where)))
        clean.writestr(f"{root}data/sample_inputs/model.pt", b"")
    copy.seek(0)
    return copy


def _checked_weights(configuration: Any, where: str) -> Any:
    pickled = [name for name, entry in configuration["config"].items() if entry["use_pickle"] is not False]
    if pickled:
        raise ModelFileError(
            f"{where} holds {pickled[0]!r} as a pickle, which can run code; save contiguous tensors on the CPU alone"
        )
    return configuration


def _checked_program(program: Any, where: str) -> Any:
    """The program without conditions in code, and with no metadata but the names of layers."""
    program["guards_code"] = []
    found: set[str] = set()
    _look(program, found)
    if found:
        raise ModelFileError(
            f"{where} asks for {', '.join(sorted(found))}, more than torch's own operators on tensors, and is not "
            "opened; export a model of torch's operators and layers alone"
        )
    return program


def _look(value: Any, found: set[str]) -> None:
    """Collect what is no data; metadata of nodes are cut down on the way."""
    if isinstance(value, list):
        for entry in cast(list[Any], value):
            _look(entry, found)
    if not isinstance(value, dict):
        return
    table = cast(dict[str, Any], value)
    found |= {f"a {key.removeprefix('as_')}" for key in _CODE & table.keys()}
    if "target" in table and "inputs" in table and not _OPERATOR.fullmatch(str(table["target"])):
        found.add(repr(table["target"]))
    if "expr_str" in table and not _SYMBOL.fullmatch(str(table["expr_str"])):
        found.add(repr(table["expr_str"]))
    if "metadata" in table and "target" in table:
        table["metadata"] = {key: table["metadata"][key] for key in _KEPT if key in table["metadata"]}
    for entry in table.values():
        _look(entry, found)
