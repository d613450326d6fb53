"""Quantizers as files spell them, dictionaries or calls like ``quantized_bits(8,0,alpha=1)``, as values."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from trigforge.building import Refusal

SIGNATURES: Mapping[str, Mapping[str, Any]] = {
    "quantized_bits": {
        "bits": 8,
        "integer": 0,
        "symmetric": 0,
        "keep_negative": True,
        "alpha": None,
        "use_stochastic_rounding": False,
        "scale_axis": None,
        "qnoise_factor": 1.0,
    },
    "quantized_linear": {
        "bits": 8,
        "integer": 0,
        "symmetric": 1,
        "keep_negative": True,
        "alpha": "auto",
        "use_stochastic_rounding": False,
        "scale_axis": None,
        "qnoise_factor": 1.0,
    },
    "quantized_relu": {
        "bits": 8,
        "integer": 0,
        "use_sigmoid": 0,
        "negative_slope": 0.0,
        "use_stochastic_rounding": False,
        "relu_upper_bound": None,
        "is_quantized_clip": True,
        "qnoise_factor": 1.0,
    },
    "ternary": {"alpha": None, "threshold": None, "use_stochastic_rounding": False, "number_of_unrolls": 5},
    "stochastic_ternary": {
        "alpha": None,
        "threshold": None,
        "temperature": 8.0,
        "use_real_sigmoid": True,
        "number_of_unrolls": 5,
    },
    "binary": {"use_01": False, "alpha": None, "use_stochastic_rounding": False},
    "stochastic_binary": {"alpha": None, "temperature": 6.0, "use_real_sigmoid": True},
    "quantized_po2": {
        "bits": 8,
        "max_value": None,
        "use_stochastic_rounding": False,
        "quadratic_approximation": False,
        "log2_rounding": "rnd",
        "qnoise_factor": 1.0,
    },
    "quantized_relu_po2": {
        "bits": 8,
        "max_value": None,
        "negative_slope": 0,
        "use_stochastic_rounding": False,
        "quadratic_approximation": False,
        "log2_rounding": "rnd",
        "qnoise_factor": 1.0,
    },
    "quantized_tanh": {"bits": 8, "use_stochastic_rounding": False, "symmetric": False, "use_real_tanh": False},
    "quantized_sigmoid": {"bits": 8, "symmetric": False, "use_real_sigmoid": False, "use_stochastic_rounding": False},
    "quantized_hswish": {
        "bits": 8,
        "integer": 0,
        "symmetric": 0,
        "alpha": None,
        "use_stochastic_rounding": False,
        "scale_axis": None,
        "qnoise_factor": 1.0,
        "relu_shift": 3,
        "relu_upper_bound": 6,
        "keep_negative": True,
    },
}
"""the quantizers that are read, their arguments in order, with defaults; ``quantized_linear`` came after QKeras 0.9"""

_REFUSED = {
    "bernoulli": ("draws at random, at inference too", "use stochastic_binary or binary"),
    "quantized_ulaw": ("gives logarithms, which have no exact fixed-point form", "use quantized_tanh"),
}
_FUNCTIONS = frozenset("hard_sigmoid smooth_sigmoid hard_tanh smooth_tanh binary_sigmoid binary_tanh".split())
_NO_EFFECT = ("var_name", "use_ste", "use_variables")
_ABSENT = ("post_training_scale", "elements_per_scale", "min_po2_exponent", "max_po2_exponent")
"""options of later versions, which do nothing while they are null"""
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\)\s*)?", re.DOTALL)
_ARGUMENT = re.compile(r"""\s*(?:([A-Za-z_]\w*)\s*=\s*)?("[^"]*"|'[^']*'|[^\s,'"=()]+)\s*(?:,|$)""")


@dataclass(frozen=True)
class Quantizer:
    """A quantizer, or a function without arguments, with all its options; ``str`` is how QKeras spells it."""

    kind: str
    options: Mapping[str, Any]

    def __getitem__(self, option: str) -> Any:
        return self.options[option]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.options.items())})"

    @property
    def is_function(self) -> bool:
        """True for an activation of Keras or QKeras that takes no arguments, as relu."""
        return self.kind not in SIGNATURES

    @property
    def is_of_qkeras(self) -> bool:
        """True for a function that QKeras defines; Keras has another one of the name ``hard_sigmoid``."""
        return self.kind in _FUNCTIONS


def quantizer(found: Any) -> Quantizer | None:
    """The quantizer or function that a file spells; None for none and for ``linear``. Raises ``Refusal``."""
    if isinstance(found, dict):
        entry = cast(dict[str, Any], found)
        name, config = entry.get("class_name"), entry.get("config")
        if name == "function" and isinstance(config, str):
            return _named(config, [], {})
        if not isinstance(name, str) or not isinstance(config, dict):
            raise Refusal(f"has the quantizer {_short(found)}, which has no class and configuration", "save it again")
        return _named(name.rpartition(">")[2], [], cast(dict[str, Any], config))
    if isinstance(found, str):
        match = _CALL.fullmatch(found)
        if match is None:
            raise Refusal(f"has the quantizer {_short(found)}, which is no call of one", "write name(arguments)")
        return _named(match[1], *_arguments(found, match[2]), called=match[2] is not None)
    if found is None:
        return None
    raise Refusal(f"has the quantizer {_short(found)}, which is no quantizer", "save it again")


def as_of_weights(own: Quantizer | None) -> Quantizer | None:
    """The quantizer of a kernel: QKeras sets the alpha of one that has none to auto_po2."""
    if own is None or "alpha" not in own.options or own["alpha"] is not None:
        return own
    symmetric = {"symmetric": True} if "symmetric" in own.options else {}
    return Quantizer(own.kind, {**own.options, "alpha": "auto_po2", **symmetric})


def _named(name: str, given: list[Any], named: Mapping[str, Any], called: bool = True) -> Quantizer | None:
    if name in _REFUSED:
        raise Refusal(f"its quantizer {name} {_REFUSED[name][0]}", _REFUSED[name][1])
    if name not in SIGNATURES:
        known_function = name in _FUNCTIONS or not (called or given or named)
        if not known_function:
            raise Refusal(f"has the quantizer {name!r}, which is not one of QKeras 0.9", "use one of QKeras 0.9")
        return None if name == "linear" else Quantizer(name, {})
    signature = SIGNATURES[name]
    options = {**dict(zip(signature, given, strict=False)), **named}
    for option, value in options.items():
        if option in _NO_EFFECT or (option in _ABSENT and value is None):
            continue
        if option not in signature or len(given) > len(signature):
            raise Refusal(
                f"its quantizer {name} has the option {option} = {_short(value)}, unknown here", "leave it out"
            )
    known = {option: _plain(options.get(option, default)) for option, default in signature.items()}
    return _checked(Quantizer(name, known))


def _checked(own: Quantizer) -> Quantizer:
    """The quantizer with options that QKeras itself accepts; ``Refusal`` for others."""
    options = dict(own.options)
    if "qnoise_factor" in options and options["qnoise_factor"] != 1:
        part = _short(options["qnoise_factor"])
        found = f"its quantizer {own.kind} has qnoise_factor {part}: it passes on a part unquantized"
        raise Refusal(found, "set qnoise_factor to 1 before the model is saved")
    for option in ("bits", "integer"):
        if option in options:
            options[option] = _whole(own, option, options[option])
    if isinstance(options.get("alpha"), str):
        if options["alpha"] not in ("auto", "auto_po2"):
            raise Refusal(
                f"its quantizer {own.kind} has alpha = {options['alpha']!r}", "use auto, auto_po2 or a number"
            )
        if own.kind in ("quantized_bits", "quantized_hswish"):
            options["symmetric"] = True
    if "bits" in options and not 1 <= options["bits"] <= 32:
        raise Refusal(f"its quantizer {own.kind} has {options['bits']} bits", "use 1 to 32")
    if not 0 <= options.get("integer", 0) <= 30:  # QKeras raises an integer 2 to this power
        raise Refusal(f"its quantizer {own.kind} has {options['integer']} integer bits", "use 0 to 30")
    return Quantizer(own.kind, options)


def _whole(own: Quantizer, option: str, value: Any) -> int:
    while isinstance(value, list) and len(cast(list[Any], value)) == 1:
        value = cast(list[Any], value)[0]
    if not isinstance(value, int | float) or value != int(value):
        raise Refusal(f"its quantizer {own.kind} has {option} = {_short(value)}", "use one whole number")
    return int(value)


def _plain(value: Any) -> Any:
    """Arrays of NumPy as their serializations hold them, as lists."""
    if isinstance(value, dict):
        value = entry = cast(dict[str, Any], value)
        if entry.get("class_name") == "__numpy__" or entry.get("type") == "ndarray":
            return entry.get("value", cast(dict[str, Any], entry.get("config") or {}).get("value"))
    return value


def _arguments(whole: str, text: str | None) -> tuple[list[Any], dict[str, Any]]:
    """The literals of a call: positional ones, then those by name."""
    given: list[Any] = []
    named: dict[str, Any] = {}
    rest = (text or "").strip()
    while rest:
        match = _ARGUMENT.match(rest)
        if match is None or (match[1] is None and named):
            raise Refusal(f"has the quantizer {_short(whole)}, which cannot be taken apart", "write name(1, key=2)")
        value = _literal(whole, match[2])
        if match[1] is None:
            given.append(value)
        else:
            named[match[1]] = value
        rest = rest[match.end() :]
    return given, named


def _literal(whole: str, text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise Refusal(f"has the quantizer {_short(whole)}, in which {text} is no literal", "use numbers and quoted words")


def _short(value: Any) -> str:
    text = json.dumps(value, default=str) if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
