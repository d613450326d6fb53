"""One sound file of every format that is read, with its reader, and what can happen to a file on its way."""

import json
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.frontends.hgq_support import scramble
from tests.frontends.qonnx.drawing import Net, conv_block, dense_block
from tests.small_graph import SMALL
from trigforge import frontends
from trigforge.coverage import from_json, to_json
from trigforge.design import load_design
from trigforge.events import Column, EventsTable, read_events, write_events
from trigforge.export import read_patterns, write_patterns
from trigforge.flow.coverage import measure
from trigforge.flow.observer import Silent
from trigforge.flow.workspace import resolve
from trigforge.frontends.keras.framework import keras
from trigforge.graph import load_graph, save_graph
from trigforge.rtl import core_ports
from trigforge.training.state import TrainingState, load_state, save_state

_EVENTS = 300


@dataclass(frozen=True)
class Sample:
    """A file, named in ``folder``, and the function that reads it."""

    folder: Path
    name: str
    read: Callable[[Path], object]

    @property
    def path(self) -> Path:
        return self.folder / self.name


def samples(folder: Path) -> list[Sample]:
    """Sound files of all formats, each in a folder of its own below ``folder``."""
    events = [
        Sample(_made(folder, suffix), f"e{suffix}", lambda path: read_events(path, {"x": (2,)}))
        for suffix in (".h5", ".npz", ".npy", ".root", ".parquet")
    ]
    for sample in events:
        _write_events(sample.path)
    graph = _made(folder, "graph")
    save_graph(SMALL, graph / "graph.json")
    patterns = _made(folder, "patterns")
    x = SMALL.inputs[0].encode(np.zeros((3, 2)))
    write_patterns(patterns, SMALL, core_ports(SMALL), {"x": x}, {"y": np.zeros((3, 2), np.int64)})
    state = _made(folder, "state") / "state.npz"
    arrays = (np.arange(30, dtype=np.float32), np.ones((3, 4)))
    save_state(state, TrainingState("key", (), arrays, arrays, {1: arrays}))
    toml = _made(folder, "toml")
    (toml / "model.toml").write_text(
        "name = 'm'\nversion = 1\ncheckpoint = 'm.json'\n[inputs.x]\nbranches = ['a', 'b']\nscale = [1.0, 2]\n"
    )
    (toml / "design.toml").write_text(
        "[hls]\nreuse_factor = 2\n[layers.fc]\nstrategy = 'RESOURCE'\n[budget]\nlut = 5\n"
    )
    coverage = _made(folder, "coverage") / "coverage.json"
    coverage.write_text(to_json(measure(SMALL, {"x": np.zeros((3, 2))}, Silent())))
    return [
        *events,
        Sample(graph, "graph.json", load_graph),
        Sample(graph, "graph.npz", lambda path: load_graph(path.with_suffix(".json"))),
        Sample(patterns, "patterns.json", lambda path: read_patterns(path.parent)),
        Sample(state.parent, state.name, lambda path: load_state(path, "key")),
        Sample(toml, "model.toml", lambda path: resolve(str(path.parent))),
        Sample(toml, "design.toml", load_design),
        Sample(coverage.parent, coverage.name, lambda path: from_json(path.read_text("latin-1"))),
        *_models(folder),
        *_qkeras_models(folder),
        *_onnx_models(folder),
        _archive(folder),
    ]


def _made(folder: Path, name: str) -> Path:
    (folder / name.strip(".")).mkdir(parents=True)
    return folder / name.strip(".")


def _write_events(path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(_EVENTS, 2)).astype(np.float32)
    if path.suffix == ".npy":
        np.save(path, values)
        return
    columns = (Column("x", np.dtype(np.float32), (2,)),)
    write_events(
        path, EventsTable(columns, _EVENTS, lambda _, start, stop: values[start:stop], "tests"), lambda _: None
    )


def _models(folder: Path) -> list[Sample]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        framework: Any = keras()
        from hgq.layers import QDense

        start = framework.Input((4,), name="x")
        model = scramble(framework.Model(start, QDense(2, name="fc")(start), name="net"), np.random.default_rng(0))
        made: list[Sample] = []
        for suffix in (".keras", ".h5"):
            made.append(Sample(_made(folder, f"model_{suffix[1:]}"), f"net{suffix}", frontends.read))
            model.save(made[-1].path)
    return made


def _qkeras_models(folder: Path) -> list[Sample]:
    """One recorded QKeras model of each kind of file."""
    recorded = Path(__file__).parents[1] / "frontends" / "qkeras" / "recorded" / "qkeras.zip"
    made: list[Sample] = []
    with zipfile.ZipFile(recorded) as archive:
        for number, kinds in ((8, ("h5",)), (9, ("keras",)), (7, ("json", "_weights.h5"))):
            place = _made(folder, f"qkeras_{kinds[0]}")
            names = [f"{number}{kind if kind[0] == '_' else f'.{kind}'}" for kind in kinds]
            archive.extractall(place, names)
            made.append(Sample(place, names[0], frontends.read))
            made += [Sample(place, name, lambda path: frontends.read(path.with_name("7.json"))) for name in names[1:]]
    return made


def _onnx_models(folder: Path) -> list[Sample]:
    """A model of QONNX with convolutions, and one with the quantizers of ONNX."""
    made: list[Sample] = []
    for number, (qcdq, shape) in enumerate(((False, (2, 5)), (True, (4,)))):
        net = Net(np.random.default_rng(number), shape, qcdq=qcdq)
        net.x = net.quantized(net.x)
        (conv_block if len(shape) > 1 else dense_block)(net)
        made.append(Sample(_made(folder, f"model_onnx{number}"), "net.onnx", frontends.read))
        made[-1].path.write_bytes(net.model().SerializeToString())
    return made


class _Rounded(nn.Module):
    """A quantizer and a layer, of torch's own operators."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, -2.0, 3.0], [0.5, 0.0, 1.5]]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two numbers."""
        return nn.functional.linear(torch.clamp(torch.round(x * 4), -8, 7), self.weight)


def _archive(folder: Path) -> Sample:
    """An archive of ``torch.export``."""
    made = Sample(_made(folder, "archive"), "net.pt2", frontends.read)
    torch.export.save(torch.export.export(_Rounded().eval(), (torch.zeros(1, 3),)), made.path)
    return made


def corrupted(content: bytes, seed: int) -> bytes:
    """``content`` after one accident; that of a JSON or TOML text may be one of meaning."""
    random = np.random.default_rng(seed)
    size = len(content)
    start = int(random.integers(size))
    stop = min(size, start + int(random.integers(1, 64)))
    match int(random.integers(6)):
        case 0:
            return content[:start]
        case 1:
            return content[:start] + bytes(stop - start) + content[stop:]
        case 2:
            return content[:start] + random.bytes(stop - start) + content[stop:]
        case 3:
            return content[:start] + content[stop:]
        case 4 if content[:1] == b"{":
            return _edited(content, random)
        case _:
            changed = bytearray(content)
            for place in random.integers(size, size=int(random.integers(1, 4))):
                changed[place] ^= 1 << int(random.integers(8))
            return bytes(changed)


_VALUES = (
    "null", "true", "-1", "0", "1e999", "9" * 5000, '"text"', "[]", "{}", "[" * 2000 + "]" * 2000, "2147483648",
    "[[1], [2, 3]]", "100000000000000000000", '"array_0"', '{"op": "Dense"}', "NaN", "3.5", '"' + "x" * 100_000 + '"',
)  # fmt: skip
"""what may stand in the place of any value of a JSON file"""


def _edited(content: bytes, random: np.random.Generator) -> bytes:
    mark = '"replaced here"'
    tree: Any = json.loads(content)
    at: Any = tree
    while True:
        key: Any = list(at)[int(random.integers(len(at)))] if isinstance(at, dict) else int(random.integers(len(at)))
        if isinstance(at[key], dict | list) and at[key] and random.random() < 0.8:
            at = at[key]
            continue
        at[key] = mark[1:-1]
        return json.dumps(tree).replace(mark, _VALUES[int(random.integers(len(_VALUES)))]).encode()
