"""Record what QKeras and HGQ 1 themselves compute: run it where they are, as ``make test-qkeras`` does.

    python -m tests.frontends.qkeras.record FOLDER [COUNT]

writes ``quantizers.npz``, and ``qkeras.zip``, ``hgq.zip`` and ``plain.zip`` there: models with their files and results.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import warnings
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_ENABLE_ONEDNN_OPTS": "0"})
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from qkeras.quantizers import get_quantizer  # noqa: E402

from tests.frontends.qkeras import architectures, drawn, hgq_architectures, plain_architectures, quantizers  # noqa: E402

tf.get_logger().setLevel("ERROR")
MODELS = 120
FAMILIES = {"qkeras": architectures, "hgq": hgq_architectures, "plain": plain_architectures}


def record_quantizers(place: Path) -> None:
    """Weights and activations through every quantizer, as float32."""
    found: dict[str, Any] = {}
    for n, spelling in enumerate(quantizers.KERNELS):
        for m, shape in enumerate(quantizers.SHAPES):
            values = tf.constant(drawn.weights(1000 * n + m, shape))
            with contextlib.suppress(ValueError, AssertionError, tf.errors.InvalidArgumentError):
                found[f"kernel {m} {spelling}"] = np.asarray(get_quantizer(spelling)(values), np.float32)
    domain = tf.constant(np.arange(-2048, 2048, dtype=np.float32)[:, None] / 512)
    for spelling in quantizers.ACTIVATIONS:
        found[f"activation {spelling}"] = np.asarray(get_quantizer(spelling)(domain), np.float32)
    np.savez_compressed(place, **found)


def record_models(place: Path, count: int, family: Any) -> None:
    """Models of all architectures, in files of the kinds that the family has, and what they compute for its events.

    Models in floating point have random types beside them, with which they round.
    """
    with zipfile.ZipFile(place, "w", zipfile.ZIP_LZMA) as archive, tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            tf.keras.backend.clear_session()
            typed = family is plain_architectures
            model, net = family.model(seed) if typed else (family.model(seed), None)
            for path in _saved(model, Path(folder), seed, family.KINDS[seed % len(family.KINDS)]):
                archive.write(path, path.name)
            if typed:
                result, types = family.results(net, seed)
                archive.writestr(f"{seed}.types", json.dumps(asdict(types)))
            content = io.BytesIO()
            found = [result] if typed else _results(model, seed, family)
            np.savez(content, **{f"y{n}": result for n, result in enumerate(found)})
            archive.writestr(f"{seed}.npz", content.getvalue())
            print(f"\r{place.stem}: {seed + 1} of {count} models", end="", file=sys.stderr)
    print(file=sys.stderr)


def _results(model: Any, seed: int, family: Any) -> list[Any]:
    """The outputs of a second call: in the first one HGQ brings bits into their limits, too late for its biases."""
    family.end_at_logits(model)
    inputs = [family.events(seed, n, tuple(x.shape[1:])) for n, x in enumerate(model.inputs)]
    given = inputs if len(inputs) > 1 else inputs[0]
    model(given, training=False)
    return [result.numpy() for result in tf.nest.flatten(model(given, training=False))]


def _saved(model: Any, folder: Path, seed: int, kind: str) -> list[Path]:
    path = folder / f"{seed}.{kind}"
    if kind != "json":
        model.save(path)
        return [path]
    path.write_text(model.to_json())
    weights = folder / f"{seed}.weights.h5" if seed % 8 == 3 else folder / f"{seed}_weights.h5"
    model.save_weights(weights)
    return [path, weights]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    record_quantizers(target / "quantizers.npz")
    for family_name, found in FAMILIES.items():
        record_models(target / f"{family_name}.zip", int(sys.argv[2]) if len(sys.argv) > 2 else MODELS, found)
