"""``AsicView``: a design in standard cells: area, timing, activity, energy; and its file ``asic.json``."""

from collections.abc import Mapping
from dataclasses import dataclass

from trigforge.asic.energy import Energy
from trigforge.asic.paths import Step
from trigforge.asic.scaling import Extrapolated
from trigforge.design import Redundancy
from trigforge.json_records import Codec, Count, print_json

_CODEC = Codec("view of a design in standard cells", "trigforge asic")


@dataclass(frozen=True)
class LibraryFacts:
    """The library: its name, the SHA-256 of its file, supply and temperature of its tables, the NAND2 whose area is one
    gate equivalent, and the node of its process, None where that is not known."""

    name: str
    sha256: str
    voltage_V: float
    temperature_C: float
    nand2: str
    nand2_area_um2: float
    node_nm: int | None


@dataclass(frozen=True)
class CellCount:
    """The cells of one kind, and the area of all of them."""

    cell: str
    count: Count
    area_um2: float


@dataclass(frozen=True)
class StageView:
    """All copies of one stage module, or what stands around the stages (``module`` is that of the core then).

    ``path_ns`` is the longest path that ends in its registers, setup included, without wires; 0 without registers.
    """

    module: str
    region: str
    stage: Count
    copies: Count
    cells: Count
    flip_flops: Count
    area_um2: float
    path_ns: float
    energy: Energy


@dataclass(frozen=True)
class AsicView:
    """A design in the cells of a library.

    ``digest`` is that of the graph. ``cells`` and ``stages`` are counted in the mapped netlist; ``path`` is its longest
    path, which ends with ``setup_ns``. ``toggles`` is of all ``nets`` together over ``events`` events, one every
    ``interval_cycles`` clock cycles, whose outputs were compared with the emulator's. ``wire_fF`` is what wires add to
    a net for each input on it.
    """

    model: str
    version: int
    digest: str
    redundancy: Redundancy
    latency_cycles: Count
    interval_cycles: Count
    clock_period_ns: float
    library: LibraryFacts
    cells: tuple[CellCount, ...]
    stages: tuple[StageView, ...]
    critical_path_ns: float
    setup_ns: float
    path: tuple[Step, ...]
    events: Count
    nets: Count
    toggles: Count
    wire_fF: float
    extrapolated: Extrapolated | None

    @property
    def area_mm2(self) -> float:
        """The area of all cells; none for wires, rows that are not filled, or pads."""
        return sum(entry.area_um2 for entry in self.cells) * 1e-6

    @property
    def gate_equivalents(self) -> float:
        """The area in units of a NAND of two inputs."""
        return sum(entry.area_um2 for entry in self.cells) / self.library.nand2_area_um2

    @property
    def flip_flops(self) -> int:
        """Bits of registers."""
        return sum(stage.flip_flops for stage in self.stages)

    @property
    def energy(self) -> Energy:
        """For one event, of all stages."""
        return Energy.total_of(stage.energy for stage in self.stages)

    @property
    def event_ns(self) -> float:
        """The time from one event to the next."""
        return self.interval_cycles * self.clock_period_ns

    @property
    def power_mW(self) -> float:
        """At one event every ``event_ns``."""
        return self.energy.total_pJ / self.event_ns  # pJ / ns = mW

    @property
    def activity(self) -> float:
        """Toggles a net and clock cycle, the clock aside."""
        return self.toggles / max(1, self.nets * self.events * self.interval_cycles)

    @property
    def meets_clock(self) -> bool:
        """True if the longest path fits the clock period of the design."""
        return self.critical_path_ns <= self.clock_period_ns

    @property
    def gates_and_registers(self) -> Mapping[str, int]:
        """The numbers of cells of either sort."""
        cells = sum(stage.cells for stage in self.stages)
        return {"gates": cells - self.flip_flops, "flip-flops": self.flip_flops}


def to_json(view: AsicView) -> str:
    """The text of ``asic.json``."""
    return print_json(_CODEC.form(view), 1)


def from_json(text: str, name: str = "asic.json") -> AsicView:
    """The view of a file's text; ``ReportFormatError`` names what is wrong with it."""
    return _CODEC.parse(AsicView, text, name)
