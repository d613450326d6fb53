"""Options of layers: every entry of a layer's configuration is read, is known to be harmless, or is a refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigforge.building import Refusal, Tensor
from trigforge.frontends.keras.call import Call, Handler
from trigforge.frontends.keras.framework import evaluating

_HARMLESS = frozenset(
    """
    name trainable dtype seed rate noise_shape stddev l1 l2 dropout
    momentum renorm_momentum renorm_clipping synchronized
    """.split()
)
"""entries that change nothing at inference, whatever the layer; the dtype is looked at where layers are walked"""
_HARMLESS_ENDINGS = ("_initializer", "_regularizer", "_constraint")
_CALLED_WITH = {"training": (None, False), "mask": (None,)}


@dataclass(frozen=True)
class Reader:
    """A handler, the options of its layer that it reads, and the values that others must have.

    ``only`` maps an option to the values at which the layer computes what the handler says; ``called_with`` does so for
    arguments of the call that are no tensors. A handler of ``several`` outputs is asked for one after the other.
    """

    handler: Handler
    reads: frozenset[str] = frozenset()
    only: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    called_with: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    several: bool = False

    def __call__(self, call: Call) -> Tensor:
        """The translation of a call; ``Refusal`` for an option that nobody looked at."""
        with evaluating("its configuration", "give it options with which Keras can save it"):
            config = call.layer.get_config()
        self.check_options(config)
        if hasattr(call.layer, "weights"):  # arguments of operations are their operands
            self._check_arguments(call)
        return self.handler(call)

    def check_options(self, config: Mapping[str, Any]) -> None:
        """Return if every option is read, harmless, or has a value that it may have; else ``Refusal``."""
        for option, value in config.items():
            if option in self.reads or option in _HARMLESS or option.endswith(_HARMLESS_ENDINGS):
                continue
            if option not in self.only:
                raise Refusal(f"has the option {option} = {value!r}, which is unknown here", "leave it out")
            if not any(value is allowed or value == allowed for allowed in self.only[option]):
                known = " or ".join(map(repr, self.only[option]))
                raise Refusal(f"has {option} = {value!r}, which is not read", f"use {option} = {known}")

    def _check_arguments(self, call: Call) -> None:
        allowed = {**_CALLED_WITH, **self.called_with}
        for argument, value in call.kwargs.items():
            holds_tensors = isinstance(value, Tensor | list | tuple)
            if not holds_tensors and value not in allowed.get(argument, (None,)):
                raise Refusal(f"is called with {argument} = {value!r}", "call it without")


def options(reads: str = "", only: Mapping[str, Sequence[Any]] | None = None) -> dict[str, Any]:
    """The keywords of a ``Reader``, the options that it reads in one string."""
    return {"reads": frozenset(reads.split()), "only": only or {}}
