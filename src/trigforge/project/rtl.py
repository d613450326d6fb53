"""``RtlProject``: pipelined Verilog, in memory, and how it is simulated and mapped."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from trigforge.project.sharing import SharedInstances, Sharing
from trigforge.project.value import Project

OBJECTS = 16
"""The number of objects of one event that the shell ``sequencer`` serves."""
LINK_BITS = 64
"""The width of a link word of the shell ``tmux``."""


class Shell(StrEnum):
    """The modules around one core that a project holds; a module is named by the core, an underscore and the value."""

    VALID = "valid"
    """fixed latency, no handshake: ``clk, rst, in_valid``, the inputs, ``out_valid``, the outputs"""
    AXIS = "axis"
    """AXI4-Stream with back-pressure"""
    TMUX = "tmux"
    """64-bit link words in and out"""
    SEQUENCER = "sequencer"
    """up to 16 objects of one event through one core"""
    RELOADABLE = "reloadable"
    """``axis`` with the register inputs on AXI4-Lite, for a core that has any"""


@dataclass(frozen=True)
class RtlPort:
    """One tensor at the boundary of a core: a packed vector of ``elements`` mantissas at the scale of its hull.

    Element ``e`` (last axis fastest) stands in bits ``e * width`` to ``e * width + width - 1`` of the port, in two's
    complement if ``signed``. A ``register`` input is held steady while events pass and is no part of the pipeline.

    An input of which ``rows_a_cycle`` rows of the first axis come in a clock cycle has a port for so many, the first
    lowest, and takes several ``beats``. Of the last one, rows that are not there are of no matter.
    """

    name: str
    tensor: str
    shape: tuple[int, ...]
    width: int
    signed: bool
    register: bool = False
    rows_a_cycle: int | None = None

    @property
    def elements(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def bits(self) -> int:
        """The bits of a whole event."""
        return self.elements * self.width

    @property
    def beats(self) -> int:
        """The clock cycles in which an event arrives."""
        return 1 if self.rows_a_cycle is None else -(-self.shape[0] // self.rows_a_cycle)

    @property
    def missing_bits(self) -> int:
        """The bits of rows that the last beat has and the event has not."""
        return self.beats * self.wired.bits - self.bits

    @property
    def wired(self) -> "RtlPort":
        """The port as the core has it, which takes one beat."""
        if self.rows_a_cycle is None:
            return self
        return replace(self, shape=(self.rows_a_cycle, *self.shape[1:]), rows_a_cycle=None)


@dataclass(frozen=True)
class Probe:
    """One register of the core with probes: bits ``offset`` to ``offset + width - 1`` of its port ``probe``, which hold
    an event ``cycle`` clock edges after its inputs.

    It is the register behind stage ``stage`` of the region at ``path`` (items from the outside in, each with the number
    of its copy), holds gate ``gate`` of that region's circuit, bears ``value`` as its name in the Verilog, and is part
    of the graph's ``tensor``.
    """

    path: tuple[tuple[str, int], ...]
    stage: int
    gate: int
    value: str
    tensor: str
    offset: int
    width: int
    signed: bool
    cycle: int


@dataclass(frozen=True)
class StageModule:
    """One pipeline stage: a module with its output registers, in a file of its own, which is mapped by itself.

    ``sources`` are all files it needs, itself included. ``cost`` shares the stage out over the graph's tensors: bits of
    adders and other logic by tensor. ``copies`` is how often the design holds it. ``first_cycle`` is the cycle in which
    it works, for the first slice of an event where slices share it; it works on the last one in the last of
    ``busy_cycles``.
    """

    module: str
    region: str
    stage: int
    copies: int
    first_cycle: int
    sources: tuple[str, ...]
    cost: tuple[tuple[str, float], ...]
    busy_cycles: int = 1


@dataclass(frozen=True)
class RtlProject(Project):
    """Verilog-2005 of one graph: ``core`` and the shells around it.

    ``core`` has the ports ``clk``, one for each of ``inputs`` and one for each of ``outputs``. Above an
    ``initiation_interval`` of 1 it has ``start`` too, high in the cycle of an event's inputs. It takes an event every
    ``initiation_interval`` rising edges, and the outputs of the event that is applied before edge ``n`` are stable
    after edge ``n + latency_cycles - 1``. ``sources`` are the files of the core, library first; those of a shell come
    on top.
    ``probed`` are the sources of the core ``<core>_probed``, which has the further output ``probe`` of ``probe_bits``;
    with it a mismatch is located. ``delay_bits`` counts bits of registers that only wait, outside of all stages. A
    register stands ``register_copies`` times, with a majority voter behind it where that is more than once.
    ``adder_bits`` is the cost of all logic, all copies counted, in the measure of da4ml and alkaid (about one look-up
    table a bit). ``sharing`` is None where the design point lets no slices share instances.
    """

    namespace: str
    core: str
    inputs: tuple[RtlPort, ...]
    outputs: tuple[RtlPort, ...]
    latency_cycles: int
    sources: tuple[str, ...]
    shells: tuple[tuple[Shell, tuple[str, ...]], ...]
    stages: tuple[StageModule, ...]
    adder_bits: float
    delay_bits: int = 0
    initiation_interval: int = 1
    shared_instances: tuple[SharedInstances, ...] = ()
    sharing: Sharing | None = None
    probed: tuple[str, ...] = ()
    probe_bits: int = 0
    probes: tuple[Probe, ...] = field(default=(), repr=False)
    register_copies: int = 1

    @property
    def delay_voters(self) -> int:
        """The voters behind the registers that only wait, one a bit."""
        return self.delay_bits if self.register_copies > 1 else 0
