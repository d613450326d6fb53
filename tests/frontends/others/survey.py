"""The survey: every model of the collection, read and compared in a process of its own; by QKeras at the end.

    python -m tests.frontends.others.survey [PART OF A NAME...]

keeps one line a model in ``results.jsonl`` beside this file. ``TRIGFORGE_QKERAS`` is the Python in which QKeras is.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.frontends.others import reading
from tests.frontends.others.entry import Other

RESULTS = Path(__file__).with_name("results.jsonl")
MODULES = ("qkeras_nets", "torch_nets", "onnx_nets", "hgq_nets")
_QKERAS = os.environ.get("TRIGFORGE_QKERAS", ".venv-qkeras/bin/python")
_LONGEST = 900


def collected() -> Iterator[Other]:
    """All models; a module, and with it a framework, is imported when its turn comes."""
    for name in MODULES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Brevitas' examples import what it is about to drop
            module = importlib.import_module(f"tests.frontends.others.{name}")
        yield from module.OTHERS


def outcome(other: Other, folder: Path) -> dict[str, Any]:
    """The result of reading: ``equal`` to the framework, ``read`` (nothing here runs it), ``refused`` or ``wrong``."""
    from trigforge.errors import FrameworkMismatch, UnsupportedModelError
    from trigforge.flow.framework_check import compare_with_framework
    from trigforge.passes import optimize

    built = other.build(folder)
    start = time.process_time()
    found: dict[str, Any] = {"name": other.name, "family": other.family, "outcome": "read"}
    try:
        read = reading.read(built)
        optimized = optimize(read.graph)
        events = reading.drawn_events(read.graph)
        outputs = reading.results(optimized, events)
        found["outputs"] = reading.fingerprint(outputs)
        if read.model is not None:
            compare_with_framework(read.graph, optimized, read.model)
            found |= {"outcome": "equal", "by": read.model.framework}
        np.savez(folder / "events.npz", **events)
        np.savez(folder / "ours.npz", **{f"y{n}": array for n, array in enumerate(outputs)})
    except UnsupportedModelError as error:
        found |= {"outcome": "refused", "reason": str(error)}
    except FrameworkMismatch as error:
        found |= {"outcome": "wrong", "reason": str(error)}
    used = resource.getrusage(resource.RUSAGE_SELF)
    return found | {"cpu_seconds": round(time.process_time() - start, 1), "megabytes": used.ru_maxrss // 1024}


def surveyed(other: Other, folder: Path) -> dict[str, Any]:
    """The outcome of a model, from a process of its own."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.frontends.others.survey",
        "--one",
        f"{other.family}/{other.name}",
        folder,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LONGEST)
        return json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, IndexError, ValueError) as error:
        return {"name": other.name, "family": other.family, "outcome": "failed", "reason": str(error)[:200]}


def judge(entries: dict[str, dict[str, Any]], folders: dict[str, Path]) -> None:
    """Compare the files of Keras 2 among ``entries`` with what QKeras computes, where it is."""
    places = {
        name: place for name, place in folders.items() if (place / "net.h5").exists() and "outputs" in entries[name]
    }
    if not places or not Path(_QKERAS).exists():
        return
    command = [_QKERAS, "-W", "ignore", "-m", "tests.frontends.others.judge", *places.values()]
    subprocess.run(command, check=False, capture_output=True)
    for name, place in places.items():
        if not (place / "outputs.npz").exists():
            continue
        with np.load(place / "ours.npz") as own, np.load(place / "outputs.npz") as theirs:
            ours = [own[key] for key in own.files]
            same = [
                all(np.array_equal(a, theirs[f"{letter}{n}"].reshape(a.shape)) for n, a in enumerate(ours))
                for letter in "yz"
                if f"{letter}0" in theirs.files
            ]
        entries[name] |= {"outcome": "equal" if any(same) else "wrong", "by": "QKeras"}


def main(parts: list[str]) -> None:
    """Survey the models whose names hold one of ``parts``, or all, and keep the results."""
    root = Path(tempfile.mkdtemp())
    new: dict[str, dict[str, Any]] = {}
    folders: dict[str, Path] = {}
    for n, other in enumerate(collected()):
        label = f"{other.family}/{other.name}"
        if parts and not any(part in label for part in parts):
            continue
        folders[label] = root / str(n)
        folders[label].mkdir()
        new[label] = surveyed(other, folders[label])
        print(json.dumps(new[label])[:200], file=sys.stderr, flush=True)
        keep(new)
    judge(new, folders)
    keep(new)
    shutil.rmtree(root)


def kept() -> dict[str, dict[str, Any]]:
    """The results of former surveys, by family and name."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return {f"{entry['family']}/{entry['name']}": entry for entry in map(json.loads, lines)}


def keep(new: dict[str, dict[str, Any]]) -> None:
    """Write results in the order of the collection; those of models that it no longer holds go."""
    entries = kept() | new
    order = [f"{other.family}/{other.name}" for other in collected()]
    text = "".join(json.dumps(entries[label]) + "\n" for label in order if label in entries)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        chosen = next(other for other in collected() if f"{other.family}/{other.name}" == sys.argv[2])
        print(json.dumps(outcome(chosen, Path(sys.argv[3]))))
    else:
        main(sys.argv[1:])
