"""Opening ``.keras`` and ``.h5`` files: what they would create is read and checked before Keras sees them."""

from pathlib import Path
from typing import Any

from trigforge.errors import ModelFileError
from trigforge.frontends.keras.framework import keras, quiet
from trigforge.frontends.keras.safety import unsafe_objects
from trigforge.frontends.keras.saved import refusing, saved_model


def open_model(path: Path) -> Any:
    """The model in a file, with its weights, not compiled.

    Raises ``ModelFileError`` where the file is missing, damaged, no Keras model, or names a class outside Keras and
    HGQ2 or one that carries code; nothing of such a file is executed.
    """
    saved, where = saved_model(path), f"model file {path}"
    framework = keras()
    with refusing(where, "holds a configuration that cannot be followed", "copy it again"):
        found = unsafe_objects(saved.config, framework)
    if found:
        raise ModelFileError(f"{where}: {'; '.join(found)}; nothing of it was run")
    told = f"(saved by Keras {saved.version}) cannot be rebuilt by Keras {framework.__version__} and HGQ2"
    with refusing(where, told, "save it again as .keras with the versions installed here"), quiet():
        return framework.saving.load_model(path, compile=False, safe_mode=True)
