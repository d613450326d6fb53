"""``Diagnosis``: all that ``trigforge doctor`` finds, as values that become JSON."""

from dataclasses import dataclass
from enum import StrEnum

from trigforge.graph import Approximation, Comparison
from trigforge.json_records import Codec, Count, print_json
from trigforge.reports import Figure

_CODEC = Codec("diagnosis", "trigforge doctor --json")


@dataclass(frozen=True)
class Tool:
    """A tool or a group of Python packages: what it ``enables``, and its ``version`` and place where it is here.

    ``missing`` is empty where it is here, else what is missing and what to do. ``needed`` by ``trigforge synth``.
    """

    name: str
    enables: str
    needed: bool
    version: str = ""
    where: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Environment:
    """Versions by name, tools, and ``traps``: what works here otherwise than expected, and what to do about it."""

    versions: tuple[tuple[str, str], ...]
    cores: Count
    memory_gib: float
    cache: str
    tools: tuple[Tool, ...]
    traps: tuple[str, ...]

    @property
    def lacking(self) -> tuple[Tool, ...]:
        """The tools that ``trigforge synth`` needs and that are not here."""
        return tuple(tool for tool in self.tools if tool.needed and tool.missing)


class LayerState(StrEnum):
    """The fate of a layer of the user's model."""

    LOWERED = "lowered"
    """operations of the graph come from it"""
    ABSORBED = "absorbed"
    """nothing of its own is left: it is wires, or part of its neighbours"""
    LEFT_OUT = "left out"
    """the graph ends before it"""
    REFUSED = "refused"
    """it cannot be exact"""


@dataclass(frozen=True)
class LayerFinding:
    """A layer of the user's model, its class, and what became of it.

    ``operations`` counts the graph's by kind (``"2 Dense, Relu"``), ``type`` is the narrowest that holds its result,
    ``bits`` the width of its widest element, ``lut`` what is predicted for all its copies. ``reason`` says why it is
    refused, and what to do.
    """

    name: str
    kind: str
    state: LayerState
    operations: str = ""
    type: str = ""
    bits: Count = 0
    lut: Count = 0
    reason: str = ""


class RemarkKind(StrEnum):
    """The kinds of what is legal and will be regretted."""

    WIDE_OPERAND = "wide operand"
    WIDE_ACCUMULATOR = "wide accumulator"
    LARGE_TABLE = "large table"
    WIDE_SOFTMAX = "wide softmax"
    CONSTANT = "constant result"
    SATURATES = "saturates always"
    WRAPS = "wraps around"
    BUILT_OTHERWISE = "built otherwise"
    TOO_LARGE = "too large"
    LONG_BUILD = "long build"


@dataclass(frozen=True)
class Remark:
    """One warning: its kind, the layer or tensor that it is about, what was found there, and what to do."""

    kind: RemarkKind
    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; {self.remedy}"


@dataclass(frozen=True)
class Prediction:
    """Figures of the Verilog and of its build, all estimated: nothing was written or run for them.

    ``adder_bits`` and what counts cycles are exact; inputs that arrive row by row are all there in
    ``last_input_cycle``. ``lut`` is what Yosys will map; ``minutes`` is ``trigforge synth``
    with an empty cache on two cores, ``memory_gib`` its largest process.
    """

    adder_bits: float
    latency_cycles: Count
    initiation_interval: Count
    lut: Figure
    minutes: Figure
    memory_gib: Figure
    last_input_cycle: Count = 0


@dataclass(frozen=True)
class ModelFinding:
    """A model before it is built. ``prediction`` is None for one that is refused, whose ``digest`` is empty too, and
    where it cannot be made: ``unpredicted`` says why. ``approximations`` are tensors that differ from the
    model, and ``comparison`` is that of the graph with its model."""

    model: str
    digest: str
    layers: tuple[LayerFinding, ...]
    remarks: tuple[Remark, ...] = ()
    prediction: Prediction | None = None
    unpredicted: str = ""
    approximations: tuple[Approximation, ...] = ()
    comparison: Comparison | None = None

    @property
    def refused(self) -> tuple[LayerFinding, ...]:
        """The layers that cannot be exact."""
        return tuple(layer for layer in self.layers if layer.state is LayerState.REFUSED)


@dataclass(frozen=True)
class Diagnosis:
    """The environment and, where one was named, the model."""

    environment: Environment
    model: ModelFinding | None = None


def to_json(diagnosis: Diagnosis) -> str:
    """The text of ``trigforge doctor --json``: the fields, in the order of the classes."""
    return print_json(_CODEC.form(diagnosis), 2)
