"""Record what QKeras itself computes: run it where QKeras is, as ``make test-qkeras`` does.

    python -m tests.frontends.qkeras.record FOLDER

writes ``quantizers.npz`` and ``models.zip`` there: models with their files and results.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_ENABLE_ONEDNN_OPTS": "0"})
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from qkeras.quantizers import get_quantizer  # noqa: E402

from tests.frontends.qkeras import architectures, drawn, quantizers  # noqa: E402

MODELS = 120


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


def record_models(place: Path, count: int) -> None:
    """Models of all architectures, in files of all kinds, with events from seeds and float32 results."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_LZMA) as archive, tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            tf.keras.backend.clear_session()
            model = architectures.model(seed)
            for path in _saved(model, Path(folder), seed):
                archive.write(path, path.name)
            architectures.end_at_logits(model)
            inputs = [drawn.events(7919 * seed + n, tuple(x.shape[1:])) for n, x in enumerate(model.inputs)]
            results = tf.nest.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
            content = io.BytesIO()
            np.savez(content, **{f"y{n}": result.numpy() for n, result in enumerate(results)})
            archive.writestr(f"{seed}.npz", content.getvalue())
            print(f"\r{seed + 1} of {count} models", end="", file=sys.stderr)
    print(file=sys.stderr)


def _saved(model: Any, folder: Path, seed: int) -> list[Path]:
    kind = ("h5", "keras", "h5", "json")[seed % 4]
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
    record_models(target / "models.zip", int(sys.argv[2]) if len(sys.argv) > 2 else MODELS)
