"""Outcomes of networks on labelled events: accuracy and curves of classes, residuals of a regression."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from trigforge.errors import ToolMissingError
from trigforge.json_records import Count


@dataclass(frozen=True)
class ClassCurve:
    """One class against the rest, by its score less the largest other: its events, the area under the curve, and the
    background efficiency at each signal efficiency of the ``Quality``."""

    name: str
    events: Count
    auc: float
    background: tuple[float, ...]


@dataclass(frozen=True)
class Residuals:
    """Output less target: mean, root mean square, the size that 68 % of the residuals stay below, and a histogram whose
    ``counts`` stand between ``edges``; the first and the last hold what lies beyond."""

    bias: float
    rms: float
    half_width: float
    edges: tuple[float, ...]
    counts: tuple[Count, ...]

    def to_hist(self, label: str = "output less target") -> Any:
        """The histogram as a ``hist.Hist`` of one axis with this label; ``ToolMissingError`` without hist."""
        try:
            hist: Any = import_module("hist")
        except ImportError:
            raise ToolMissingError("hist is missing: pip install 'trigforge[plot]'") from None
        found = hist.Hist(hist.axis.Variable(self.edges, name="residual", label=label, flow=False))
        found.view()[:] = self.counts
        return found


@dataclass(frozen=True)
class Outcome:
    """The figures of one network: ``accuracy`` and ``curves`` of classes, or ``residuals`` of a regression."""

    accuracy: float | None = None
    curves: tuple[ClassCurve, ...] = ()
    residuals: Residuals | None = None


@dataclass(frozen=True)
class Quality:
    """The outcomes of networks by name, ``firmware`` first, on ``events`` labelled events.

    ``labels`` names the column of the labels, ``unit`` is that of targets. ``efficiencies`` are the signal efficiencies
    of all curves.
    """

    events: Count
    labels: str
    unit: str
    efficiencies: tuple[float, ...]
    networks: Mapping[str, Outcome]

    @property
    def firmware(self) -> Outcome:
        """The outcome of what is built."""
        return self.networks["firmware"]
