"""Random choices, and random values for the options that many layers share, by the name of the option."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ROUNDINGS = ("TRN", "RND", "RND_CONV", "TRN_ZERO", "RND_ZERO", "RND_MIN_INF", "RND_INF")
OVERFLOWS = ("WRAP", "SAT", "SAT_SYM")


@dataclass(frozen=True)
class Dice:
    """Random choices from one seed."""

    rng: np.random.Generator

    def one(self, *choices: Any) -> Any:
        """One of the choices."""
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def some(self, items: Sequence[Any], least: int = 0) -> list[Any]:
        """Some of the items, in their order."""
        count = self.between(min(least, len(items)), len(items))
        return [items[n] for n in sorted(self.rng.permutation(len(items))[:count])]

    def mixed(self, items: Sequence[Any]) -> list[Any]:
        """All of the items, in another order."""
        return [items[n] for n in self.rng.permutation(len(items))]


def quantizer(dice: Dice, place: str) -> dict[str, Any]:
    """The configuration of a quantizer for weights, biases, tables or data."""
    kind = dice.one("kif", "kbi", "default") if dice.chance(0.99) else dice.one("float", "dummy")
    conf: dict[str, Any] = {"q_type": kind, "place": place if dice.chance(0.995) else dice.one("weight", "datalane")}
    if kind in ("kif", "kbi") and dice.chance(0.7):
        conf |= _modes(dice, kind)
    if kind in ("kif", "kbi", "default") and dice.chance(0.5):
        conf |= dice.one(*(_SHARED if place != "weight" else _SHARED[:3]))
    for option, (probability, values) in _SELDOM.items():
        if dice.chance(probability):
            conf[option] = dice.one(*values)
    return {"quantizer": conf}


def _modes(dice: Dice, kind: str) -> dict[str, Any]:
    stochastic = "S_" if dice.chance(0.05) else ""
    modes = {
        "round_mode": stochastic + dice.one(*(ROUNDINGS[:3] if stochastic else ROUNDINGS)),
        "overflow_mode": dice.one(*OVERFLOWS) if dice.chance(0.997) else "WRAP_SM",
        "k0": dice.one(0, 1),
        "i0": dice.between(0, 3),
        ("f0" if kind == "kif" else "b0"): dice.between(1, 4),
    }
    limits = _LIMITS if kind == "kif" else ("bc", "br", *_LIMITS[:2])
    for option in limits:
        if dice.chance(0.1):
            modes[option] = _made("hgq.constraints.MinMax", -4, 6) if option.endswith("c") else None
    return modes


def _made(name: str, *arguments: Any) -> dict[str, Any]:
    return {"made": name, "with": list(arguments)}


_LIMITS = ("ic", "ir", "fc", "fr")
_SHARED: Sequence[Mapping[str, Any]] = (
    {"homogeneous_axis": None, "heterogeneous_axis": []},
    {"homogeneous_axis": None, "heterogeneous_axis": [-1]},
    {"homogeneous_axis": [-1], "heterogeneous_axis": None},
    {"homogeneous_axis": [0, -1], "heterogeneous_axis": None},
    {"homogeneous_axis": [0], "heterogeneous_axis": None},
    {"homogeneous_axis": None, "heterogeneous_axis": [1]},
)
_SELDOM: Mapping[str, tuple[float, Sequence[Any]]] = {
    "scaler": (0.03, (0.5, 2.0, 0.25, 4.0, 0.5, 2.0, 0.25, 1.0, 3.0)),
    "affine": (0.03, ([0.5, 0.0], [1.0, 0.25], [2.0, -1.0])),
    "qnoise_factor": (0.03, (0.5, 1.0)),
    "trainable": (0.1, (False,)),
    "i_decay_speed": (0.05, (0.01, -1.0)),
    "is_weight": (0.003, (True, False)),
    "bw_mapper": (0.02, (None,)),
}

_PLACES = {
    "toq_conf": "table",
    "factor_q_conf": "weight",
    "beta_q_conf": "weight",
    "kq_conf": "weight",
    "bq_conf": "bias",
    "exp_oq_conf": "table",
    "inv_oq_conf": "table",
}

EXACT = ("linear", "relu", "relu6")
CURVES = (
    "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "silu", "gelu", "exponential", "hard_sigmoid",
    "hard_tanh", "hard_silu", "leaky_relu", "celu", "tanh_shrink", "soft_shrink", "squareplus", "log_sigmoid",
    "softmax",
)  # fmt: skip


def activation(dice: Dice) -> str | None:
    """An activation of a layer with weights: exact mostly, seldom one that needs a table."""
    return dice.one(None, *EXACT) if dice.chance(0.93) else dice.one(*CURVES)


_BY_NAME: Mapping[str, tuple[float, Callable[[Dice], Any]]] = {
    "enable_iq": (0.3, lambda dice: dice.chance(0.8)),
    "enable_oq": (0.5, lambda dice: dice.chance(0.8)),
    "enable_ebops": (0.1, lambda dice: dice.chance(0.5)),
    "beta0": (0.1, lambda dice: dice.one(1e-6, 0.0)),
    "ebops_factor": (0.1, lambda dice: dice.one(0.5, 2.0)),
    "parallelization_factor": (0.15, lambda dice: dice.one(-1, 1, 2)),
    "trainable": (0.1, lambda dice: dice.chance(0.5)),
    "dtype": (0.01, lambda dice: "float64" if dice.chance(0.95) else dice.one("float32", "float16", "bfloat16")),
    "use_bias": (0.4, lambda dice: dice.chance(0.5)),
    "activation": (0.8, activation),
    "momentum": (0.1, lambda dice: dice.one(0.9, 0.5)),
    "epsilon": (0.2, lambda dice: dice.one(1e-3, 0.1, 1e-5)),
    "center": (0.3, lambda dice: dice.chance(0.5)),
    "scale": (0.3, lambda dice: dice.chance(0.5)),
    "synchronized": (0.1, lambda dice: False),
    "seed": (0.2, lambda dice: dice.between(0, 9)),
    "data_format": (0.15, lambda dice: "channels_last" if dice.chance(0.95) else "channels_first"),
    "keepdims": (0.5, lambda dice: dice.chance(0.5)),
    "quantization_config": (0.05, lambda dice: None),
    "normalize": (0.1, lambda dice: dice.chance(0.3)),
    "renorm": (0.05, lambda dice: dice.chance(0.15)),
    "stable": (0.5, lambda dice: dice.chance(0.6)),
    "stable_softmax": (0.5, lambda dice: dice.chance(0.6)),
    "input_scaler": (0.3, lambda dice: dice.one(1.0, 0.5, 0.3)),
    "allow_heterogeneous_table": (0.3, lambda dice: dice.chance(0.5)),
    "softmax_allow_heterogeneous_table": (0.3, lambda dice: dice.chance(0.5)),
    "allow_heterogeneous_input": (0.3, lambda dice: dice.chance(0.5)),
    "dropout": (0.2, lambda dice: dice.one(0.0, 0.1)),
    "fuse": (0.5, lambda dice: dice.one("none", "none", "kv", "qkv")),
    "use_gate": (0.05, lambda dice: dice.chance(0.1)),
    "sliding_window": (0.05, lambda dice: 1 if dice.chance(0.1) else None),
    "share_kv_proj": (0.2, lambda dice: dice.chance(0.1)),
    "lin_kv_proj_mode": (0.3, lambda dice: "dense"),
    "noise_shape": (0.1, lambda dice: None),
    "negative_slope": (0.1, lambda dice: dice.one(0.0, 0.0, 0.25)),
    "threshold": (0.1, lambda dice: dice.one(0.0, 0.0, 0.5)),
    "max_value": (0.5, lambda dice: dice.one(None, 1.5, 6.0)),
    "bn_gamma_constraint": (0.05, lambda dice: None),
    "bn_epsilon": (0.2, lambda dice: dice.one(1e-3, 0.1)),
    "bn_momentum": (0.1, lambda dice: 0.9),
    "table_idxs": (0.1, lambda dice: 6),
    "reset_after": (0.5, lambda dice: dice.chance(0.5)),
    "recurrent_activation": (0.4, lambda dice: dice.one("linear", "relu", "sigmoid")),
    "enable_sq": (0.5, lambda dice: dice.chance(0.6)),
    "unroll": (0.2, lambda dice: dice.chance(0.5)),
    "stateful": (0.1, lambda dice: False),
    "return_state": (0.1, lambda dice: dice.chance(0.2)),
    "zero_output_for_mask": (0.2, lambda dice: dice.chance(0.5)),
    "recurrent_dropout": (0.2, lambda dice: dice.one(0.0, 0.1)),
    "spike_grad": (0.1, lambda dice: None),
    "detach_reset": (0.2, lambda dice: dice.chance(0.5)),
    "learn_threshold": (0.2, lambda dice: dice.chance(0.5)),
    "learn_beta": (0.2, lambda dice: dice.chance(0.5)),
    "learn_graded_spikes_factor": (0.2, lambda dice: dice.chance(0.5)),
    "table_spec": (0.3, lambda dice: dice.one(5, [6, 5], [4, 3])),
    "surrogate_disable": (0.3, lambda dice: dice.chance(0.5)),
    "inhibition": (0.03, lambda dice: dice.chance(0.5)),
    "beta": (0.5, lambda dice: dice.one(0.5, 0.25, 0.9)),
    "graded_spikes_factor": (0.3, lambda dice: dice.one(1.0, 2.0)),
    "alpha": (0.5, lambda dice: dice.one(1.0, 0.5)),
    "interpolation": (0.1, lambda dice: dice.one("nearest", "bilinear")),
}
"""options by name: how often they are given, and their values"""

_BY_ENDING: Mapping[str, tuple[float, Callable[[Dice], Any]]] = {
    "_initializer": (0.05, lambda dice: dice.one("zeros", "ones")),
    "_regularizer": (0.05, lambda dice: dice.one("l1", "l2", None)),
    "_constraint": (0.05, lambda dice: dice.one("non_neg", None)),
}


def options(dice: Dice, names: Sequence[str], operands: int, featured: int = 0) -> dict[str, Any]:
    """Random values for some of the options ``names`` of a layer with so many operands; ``featured`` of them surely."""
    surely = {*dice.mixed(names)[:featured]}
    found: dict[str, Any] = {}
    for name in names:
        given = values_of(name, operands)
        if given is not None and (name in surely or dice.chance(given[0])):
            found[name] = given[1](dice)
    return found


def values_of(name: str, operands: int) -> tuple[float, Callable[[Dice], Any]] | None:
    """How often an option is given, and its random values; None for one that makers draw."""
    if name == "iq_confs":
        return 0.5, lambda dice: dice.one(
            [quantizer(dice, "datalane") for _ in range(operands)], quantizer(dice, "datalane")
        )
    if name.endswith("_conf"):
        places = [place for ending, place in _PLACES.items() if name.endswith(ending)]
        return 0.5, lambda dice: quantizer(dice, places[0] if places else "datalane")
    return _BY_NAME.get(name) or next((entry for end, entry in _BY_ENDING.items() if name.endswith(end)), None)
