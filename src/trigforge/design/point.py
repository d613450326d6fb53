"""``DesignPoint``: how a graph is built. No field of it may change one output bit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trigforge.design.meaning import meant
from trigforge.design.targets import Fpga, Target
from trigforge.errors import DesignError
from trigforge.json_records import OPTIONAL


class Backend(StrEnum):
    """The vendor tool whose dialect of HLS C++ is written."""

    VITIS = "VITIS"
    VIVADO = "VIVADO"


class Strategy(StrEnum):
    """The hardware that a layer's multiplications become."""

    LATENCY = "LATENCY"
    """all at once, pipelined"""
    RESOURCE = "RESOURCE"
    """multipliers reused ``reuse_factor`` times"""
    DISTRIBUTED_ARITHMETIC = "DISTRIBUTED_ARITHMETIC"
    """adder graphs without multipliers"""


class Multipliers(StrEnum):
    """The hardware of products. In Verilog these are products of two variables: those with constants are adders."""

    LUT = "LUT"
    """look-up tables and carry chains"""
    DSP = "DSP"
    """DSP slices, where a product is wide enough to be worth one"""


class IoType(StrEnum):
    """The ports of the C++, in hls4ml's words."""

    IO_PARALLEL = "IO_PARALLEL"
    """whole tensors at once"""
    IO_STREAM = "IO_STREAM"
    """streams of words, each with the elements along the last axis of a tensor"""


class Redundancy(StrEnum):
    """The registers of the Verilog: each once, or in a form that a single-event upset does not get through."""

    NONE = "NONE"
    """each register once"""
    TRIPLICATED = "TRIPLICATED"
    """three copies of each, with a majority voter behind them"""

    @property
    def copies(self) -> int:
        """The flip-flops of one bit of a register."""
        return 3 if self is Redundancy.TRIPLICATED else 1


class Arrival(StrEnum):
    """The way in which the values of an input come to the Verilog."""

    PARALLEL = "PARALLEL"
    """all in one clock cycle"""
    SERIAL = "SERIAL"
    """some rows of its first axis in each of consecutive clock cycles"""


@dataclass(frozen=True)
class HlsDesign:
    """HLS C++: the tool it is written for, and how multiplications are built.

    ``multipliers`` reaches Vitis HLS only: Vivado HLS has no setting for all products, and chooses itself. Raises
    ``DesignError`` for a reuse factor below 1, which counts the uses of one multiplier, and above 1 where there are no
    multipliers.
    """

    backend: Backend = meant(Backend.VITIS, "the tool that the C++ is written for")
    strategy: Strategy = meant(
        Strategy.LATENCY,
        "all multiplications at once (LATENCY), multipliers that are reused (RESOURCE), or adders alone "
        "(DISTRIBUTED_ARITHMETIC)",
    )
    reuse_factor: int = meant(1, "how often one multiplier is used for an event", "design.md#reuse-factors")
    multipliers: Multipliers = meant(
        Multipliers.LUT,
        "whether Vitis HLS may build multiplications of DSP slices where it finds them worth it; Vivado HLS always may",
    )
    io_type: IoType = meant(
        IoType.IO_PARALLEL,
        "the ports of the C++: whole tensors at once, or streams of words with the elements of the last axis",
        "design.md#streams",
    )

    def __post_init__(self) -> None:
        _check_reuse(self.strategy, self.reuse_factor)


@dataclass(frozen=True)
class RtlDesign:
    """Verilog: a pipeline stage holds as much logic as its delay, by the model of ``rtl.delays``, stays below
    ``stage_delay_ns``; None derives that from the clock period.

    Events come at least ``initiation_interval`` clock cycles apart. Above 1, slices of a ``Map`` share instances of its
    body, one behind the other. With ``share_neurons`` the outputs of a dense layer on the whole event do so too, where
    that is cheaper: weights come out of tables, and each such layer takes up to one interval longer.

    ``redundancy`` concerns the registers alone: the schedule, the instances and the latency are those without it.

    Raises ``DesignError`` for a delay that is not above 0, and for an interval below 1.
    """

    stage_delay_ns: float | None = meant(
        None, "how much logic one pipeline stage may hold, by the delay model; from the clock where it is not given"
    )
    multipliers: Multipliers = meant(
        Multipliers.LUT, "what a product of two variables becomes; products with constants are adders always"
    )
    initiation_interval: int = meant(
        1, "clock cycles from one event to the next; above 1 slices share instances", "folding.md"
    )
    share_neurons: bool = meant(
        False, "outputs of dense layers on the whole event share instances too, where that is cheaper", "folding.md"
    )
    redundancy: Redundancy = meant(
        Redundancy.NONE,
        "three copies of every register, with a majority voter (TRIPLICATED)",
        "redundancy.md",
        **OPTIONAL,
    )

    def __post_init__(self) -> None:
        if self.initiation_interval < 1:
            raise DesignError(
                f"initiation_interval = {self.initiation_interval}; it counts clock cycles from one event to the next "
                "and is at least 1"
            )
        if self.stage_delay_ns is not None and not self.stage_delay_ns > 0:
            raise DesignError(f"stage_delay_ns = {self.stage_delay_ns} is no delay; give nanoseconds above 0")


@dataclass(frozen=True)
class LayerDesign:
    """The choices for one layer; None leaves that of the whole design.

    ``strategy`` and ``reuse_factor`` concern HLS C++. ``instances`` is how often Verilog holds the layer, where it
    works on slices (particles, pairs, rows) that can share: events then come as many clock cycles apart as one instance
    has slices. Raises ``DesignError`` for less than one instance, and for reuse factors as ``HlsDesign`` does.
    """

    strategy: Strategy | None = meant(None, "that of the layer in HLS C++; of [hls] where it is not given")
    reuse_factor: int | None = meant(None, "that of the layer in HLS C++; of [hls] where it is not given")
    instances: int | None = meant(
        None,
        "how often the Verilog holds a layer whose slices share; as few as the interval allows where it is not given",
        "folding.md",
    )

    def __post_init__(self) -> None:
        _check_reuse(self.strategy, self.reuse_factor)
        if self.instances is not None and self.instances < 1:
            raise DesignError(f"instances = {self.instances}; a layer needs at least 1")

    @property
    def hls(self) -> dict[str, Strategy | int]:
        """The exceptions of HLS C++."""
        found = {"strategy": self.strategy, "reuse_factor": self.reuse_factor}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class InputDesign:
    """The arrival of one input of the model in Verilog; HLS C++ takes whole events.

    A ``serial`` input comes ``per_cycle`` rows of its first axis a clock cycle (particles, hits), one where that is
    None. Raises ``DesignError`` for less than one, and for ``per_cycle`` of an input that is not serial.
    """

    arrival: Arrival = meant(
        Arrival.PARALLEL,
        "SERIAL: the Verilog takes an input row by row, as a link brings it; HLS C++ takes whole events",
        "folding.md#inputs-as-they-arrive",
    )
    per_cycle: int | None = meant(
        None, "rows of the first axis (particles, hits) that a serial input brings in a clock cycle; 1 where not given"
    )

    def __post_init__(self) -> None:
        if self.per_cycle is not None and self.arrival is not Arrival.SERIAL:
            raise DesignError(
                f'per_cycle = {self.per_cycle} counts rows of a serial input a clock cycle; add arrival = "serial"'
            )
        if self.per_cycle is not None and self.per_cycle < 1:
            raise DesignError(f"per_cycle = {self.per_cycle}; at least 1 row comes in a clock cycle")


@dataclass(frozen=True)
class DesignPoint:
    """The target, the choices of each route, ``layers``, exceptions by the name of a layer of the user's model, and
    ``inputs``, the arrival of inputs by their names.

    ``design.layers`` and ``design.inputs`` say which names a graph knows.
    """

    target: Target = field(default_factory=Fpga)
    hls: HlsDesign = field(default_factory=HlsDesign)
    rtl: RtlDesign = field(default_factory=RtlDesign)
    layers: Mapping[str, LayerDesign] = field(default_factory=dict[str, LayerDesign])
    inputs: Mapping[str, InputDesign] = field(default_factory=dict[str, InputDesign])

    @property
    def shares_instances(self) -> bool:
        """True if slices may share instances in Verilog: events come, or may come, clock cycles apart."""
        return (
            self.rtl.initiation_interval > 1
            or any(layer.instances is not None for layer in self.layers.values())
            or any(entry.arrival is Arrival.SERIAL for entry in self.inputs.values())
        )


def _check_reuse(strategy: Strategy | None, factor: int | None) -> None:
    if factor is not None and factor < 1:
        raise DesignError(f"reuse_factor = {factor}; it counts uses of one multiplier and is at least 1")
    if strategy is Strategy.DISTRIBUTED_ARITHMETIC and factor not in (None, 1):
        raise DesignError(
            f"DISTRIBUTED_ARITHMETIC has no multipliers to reuse, found reuse_factor = {factor}; set it to 1"
        )
