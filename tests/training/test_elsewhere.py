"""Networks that a script trains in another environment: what goes there, what comes back, and what is missing."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from trigforge import training
from trigforge.errors import TrainingError
from trigforge.training.elsewhere import digest

RECIPE = """
import numpy as np
from trigforge.training import Classes, LabelledEvents, ScriptRecipe

def load(split):
    labels = np.arange(20 if split == "train" else 10) % 2
    return LabelledEvents(np.stack([labels, 1 - labels], axis=1).astype(np.float32), labels)

RECIPE = ScriptRecipe(
    load=load, data="made up", task=Classes(("x", "y")), python=PYTHON, made_by="make it"
)
"""
SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np

folder = Path(sys.argv[1])
(folder / "runs").open("a").write("x")
events = np.load(folder / "test.npz")["features"]
assert len(np.load(folder / "train.npz")["labels"]) == 20
for network in ("float", "quantized"):
    np.save(folder / f"{network}_test.npy", events[:, ::-1])
course = {"epochs": int((sys.argv + ["3"])[2]), "best_epoch": 1, "validation_accuracy": 1.0, "training_seconds": 0.1}
results = {"parameters": 4, "float": course, "quantized": course, "environment": {"numpy": "1"}}
(folder / "results.json").write_text(json.dumps(results))
(folder / "net.h5").write_text("a network")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "models" / "net"
    place.mkdir(parents=True)
    (place / "recipe.py").write_text(RECIPE.replace("PYTHON", repr(sys.executable)))
    (place / "train.py").write_text(SCRIPT)
    return place


def trained(folder: Path, out: Path, **options: object) -> Path:
    return training.run(folder, out=out, console=Console(file=StringIO()), **options)  # type: ignore[arg-type]


def test_figures_are_taken_from_the_answers(folder: Path, tmp_path: Path) -> None:
    checkpoint = trained(folder, tmp_path / "out", epochs=7)
    metrics = json.loads(checkpoint.with_name("metrics.json").read_text())
    assert checkpoint.name == "net.h5"
    assert metrics["events"] == {"train": 20, "validation": 10, "test": 10}
    assert metrics["float"]["accuracy"] == {"test": 1.0}
    assert metrics["quantized"]["epochs"] == 7
    events = np.stack([1 - np.arange(10) % 2, np.arange(10) % 2], axis=1).astype(np.float64)
    assert metrics["answers_sha256"] == {"test": digest(events)}


def test_it_goes_on_unless_it_begins_anew(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for count, fresh in ((1, False), (2, False), (1, True)):
        trained(folder, out, fresh=fresh)
        assert (out / "script" / "runs").read_text() == "x" * count


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise SystemExit(3)", "ended with code 3; see what it printed above"),
        ("pass", "left no results that can be read"),
        (SCRIPT.replace("events[:, ::-1]", "events[:3]"), "holds 3 answers to 10 events"),
    ],
)
def test_a_script_that_fails(folder: Path, tmp_path: Path, script: str, message: str) -> None:
    (folder / "train.py").write_text(script)
    with pytest.raises(TrainingError, match=message):
        trained(folder, tmp_path / "out")


def test_an_environment_that_is_missing(folder: Path, tmp_path: Path) -> None:
    (folder / "recipe.py").write_text(RECIPE.replace("PYTHON", repr("nowhere/python")))
    with pytest.raises(TrainingError, match="net is trained by nowhere/python, which does not exist; make it"):
        trained(folder, tmp_path / "out")
