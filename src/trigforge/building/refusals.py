"""Refusals: layers that cannot be exact, collected over a whole model and raised once."""

from dataclasses import dataclass

from trigforge.errors import UnsupportedModelError


class Refusal(Exception):
    """One layer cannot be represented exactly: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.found, self.remedy = found, remedy

    def or_inexactly(self) -> "Refusal":
        """The same of what a stated error would do for."""
        return Refusal(self.found, f"{self.remedy}, or accept an error whose bound is stated with --allow-inexact")


@dataclass(frozen=True)
class RefusedLayer:
    """A refusal and where it arose."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def raise_refusals(model: str, refused: list[RefusedLayer]) -> None:
    """``UnsupportedModelError`` with a line for every layer, if there are any."""
    layers = list(dict.fromkeys(refused))
    if not layers:
        return
    if len(layers) == 1:
        error = UnsupportedModelError(f"model {model!r} cannot be represented exactly: {layers[0]}")
    else:
        listed = "\n".join(f"- {layer}" for layer in layers)
        error = UnsupportedModelError(
            f"model {model!r} cannot be represented exactly, for {len(layers)} reasons:\n{listed}"
        )
    error.refused = tuple((layer.where, layer.text) for layer in layers)
    raise error
