"""The names that a saved model may hold: classes of Keras, of HGQ2, and of ours, that carry no code."""

from types import ModuleType
from typing import Any, cast

from trigforge.frontends.keras.layers import HANDLERS

_LAYERS = frozenset(
    """
    InputLayer Activation ReLU LeakyReLU PReLU ELU Softmax Dense EinsumDense Embedding Masking Identity
    Conv1D Conv2D Conv3D DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D
    Conv1DTranspose Conv2DTranspose Conv3DTranspose
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    LSTM LSTMCell GRU GRUCell SimpleRNN SimpleRNNCell RNN Bidirectional TimeDistributed
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization RMSNormalization Normalization Rescaling
    Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise
    ActivityRegularization
    Attention AdditiveAttention MultiHeadAttention GroupQueryAttention
    Reshape Flatten Permute RepeatVector Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    UpSampling1D UpSampling2D UpSampling3D
    Concatenate Add Subtract Multiply Average Maximum Minimum Dot
    """.split()
) | {name for package, name in HANDLERS if package == "keras"}
_MODELS = frozenset(("Functional", "Sequential", "Model"))
_OPERATIONS = frozenset((*(name for package, name in HANDLERS if package == "keras.ops"), "Softmax"))
_VALUES = frozenset(("__keras_tensor__", "__slice__", "__tensor__", "__numpy__", "__ellipsis__", "__bytes__"))
_HARMLESS = ("keras.initializers", "keras.regularizers", "keras.constraints", "keras.dtype_policies")
_PREFIXES = ("hgq>", "hgq2>", "trigforge>")
_MODULES = ("hgq.", "trigforge.layers.")
_CODE = frozenset(
    ("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "function", "__typespec__")
)


def unsafe_objects(config: Any, framework: ModuleType) -> list[str]:
    """A phrase for every object in a model's configuration that must not be created."""
    found: list[str] = []
    _scan(config, framework, "the model", found)
    return list(dict.fromkeys(found))


def _scan(value: Any, framework: ModuleType, owner: str, found: list[str]) -> None:
    if isinstance(value, list | tuple):
        for item in cast(list[Any], value):
            _scan(item, framework, owner, found)
    elif isinstance(value, dict):
        entry = cast(dict[str, Any], value)
        if isinstance(entry.get("class_name"), str):
            name = entry.get("config", {}).get("name") if isinstance(entry.get("config"), dict) else None
            owner = f"layer {name!r}" if isinstance(name, str) else owner
            phrase = _complaint(entry, framework)
            if phrase:
                found.append(f"{owner} {phrase}")
                return
        for item in entry.values():
            _scan(item, framework, owner, found)


def _complaint(entry: dict[str, Any], framework: ModuleType) -> str:
    """The fault of one serialized object; empty if there is none."""
    name: str = entry["class_name"]
    module, registered = entry.get("module"), entry.get("registered_name")
    if name == "function" and module in ("builtins", "keras.activations"):
        known = {*dir(framework.activations)}
        if entry.get("config") in known and registered in (None, "function", entry.get("config")):
            return ""
    if name in _CODE:
        return f"is a {name}, which carries code; replace it by a layer of HGQ2"
    if _is_known(name, module, registered, framework):
        return ""
    spelt = f"{module}.{name}" if module else name
    return f"is of the class {spelt}, which is not one of Keras or HGQ2; replace it by one of those"


def _is_known(name: str, module: Any, registered: Any, framework: ModuleType) -> bool:
    if isinstance(registered, str) and registered.startswith(_PREFIXES):
        inside = isinstance(module, str) and module.startswith(_MODULES)
        return inside and registered.partition(">")[2] == name and _is_quantized(registered, framework)
    if name.startswith(_PREFIXES):
        return module is None and _is_quantized(name, framework)
    if registered not in (None, name):
        return False
    match module:
        case None:
            harmless = [getattr(framework, part) for part in ("initializers", "regularizers", "constraints")]
            known = any(isinstance(getattr(owner, name, None), type) for owner in harmless)
            return known or name in _LAYERS | _MODELS | _OPERATIONS | _VALUES
        case "keras.layers":
            return name in _LAYERS
        case "keras":
            return name in _MODELS or name == "DTypePolicy"
        case "keras.models" | "keras.src.models.functional" | "keras.src.models.sequential" | "keras.src.models.model":
            return name in _MODELS
        case str() if module in _HARMLESS:
            owner = framework
            for part in module.split(".")[1:]:
                owner = getattr(owner, part)
            return isinstance(getattr(owner, name, None), type)
        case str() if module.startswith("keras.src.ops.") or module == "keras.ops":
            return name in _OPERATIONS
        case _:
            return False


def _is_quantized(registered: str, framework: ModuleType) -> bool:
    """True for a registered name that stands for a class of HGQ2 or of ours, and not for one that took its name."""
    cls = framework.saving.get_registered_object(registered)
    return cls is not None and str(cls.__module__).startswith(_MODULES)
