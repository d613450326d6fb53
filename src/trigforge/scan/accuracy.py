"""The accuracy of a trained network, where its training left it: ``metrics.json`` beside the checkpoint or above it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

_FILE = "metrics.json"
_SHARE = "share"


@dataclass(frozen=True)
class Accuracy:
    """The headline figure of a network after quantization, on the first set of events that its training names."""

    figure: str
    events: str
    value: float
    unit: str
    less_is_better: bool

    @property
    def cost(self) -> float:
        """The value with the sign that makes less better."""
        return self.value if self.less_is_better else -self.value

    @property
    def kind(self) -> tuple[str, str, str]:
        """The same for accuracies that can be compared."""
        return self.figure, self.events, self.unit

    @property
    def scale(self) -> float:
        """The factor to the unit that is shown: shares are in per cent."""
        return 100.0 if self.unit == _SHARE else 1.0

    @property
    def title(self) -> str:
        """Figure, events and unit as they are shown: ``resolution, test [mrad]``."""
        unit = "%" if self.unit == _SHARE else self.unit
        return f"{self.figure.replace('_', ' ')}, {self.events}{f' [{unit}]' if unit else ''}"

    def __str__(self) -> str:
        return f"{self.scale * self.value:.4g}"


def accuracy_of(checkpoint: Path) -> Accuracy | None:
    """The accuracy of a network as ``trigforge train`` noted it, of a point of a front in the folder above too; None
    where there is no note of a network of this name."""
    for folder in checkpoint.resolve().parents[:2]:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
            return _noted(json.loads((folder / _FILE).read_text(encoding="utf-8")), checkpoint.stem)
    return None


def _noted(metrics: Mapping[str, Any], name: str) -> Accuracy:
    """Raises ``KeyError`` or the like where the notes have no such network."""
    figure, about = next(iter(cast(Mapping[str, Any], metrics["task"]["figures"]).items()))
    reached: Mapping[str, Any] = (
        metrics["quantized"]
        if metrics["model"] == name
        else next(entry for entry in metrics["front"] if entry["name"] == name)
    )
    events, value = next(iter(cast(Mapping[str, Any], reached[figure]).items()))
    return Accuracy(figure, events, float(value), str(about["unit"]), about["better"] == "less")
